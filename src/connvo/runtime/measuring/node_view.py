"""The view that functions have of the node that runs them: its load, and the use of it by a caller."""

from typing import NamedTuple, Protocol

import msgspec

from connvo.rules.monitoring.shedding import Load


class CallerUse(msgspec.Struct, frozen=True, kw_only=True):
    """The use of this node by a caller since the beginning of a minute, in ms.

    `left` are the calls that the budget allows at once, None where calls are not counted; `wait` are the seconds until
    the next one is allowed.
    """

    requests: int = 0
    request_bytes: int = 0
    live_queries: int = 0
    since: float = 0.0
    left: float | None = None
    wait: float = 0.0


class PartCheck(NamedTuple):
    """A part of the server, or a service that it needs, as it was checked now."""

    name: str
    state: str
    detail: str


class TrailCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a check of the audit trail: the code of its first fault and the row or seal, empty if it is whole.

    `unsealed` rows are too new for a seal; `pruned` and `unsigned` are seals.
    """

    fault: str = ""
    at: str = ""
    head: str = ""
    rows: int = 0
    seals: int = 0
    pruned: int = 0
    unsigned: int = 0
    unsealed: int = 0


class NodeView(Protocol):
    """The node that runs a function."""

    @property
    def load(self) -> Load:
        """The load of the node."""
        ...

    @property
    def update_latency_ms(self) -> float:
        """The mean time from a commit until a live query was sent its change, in the last minutes; 0 without one."""
        ...

    def used_by(self, caller: str) -> CallerUse:
        """Return what a caller has used of the node."""
        ...

    def under_way(self, path: str) -> int:
        """Return how many calls of a function the node runs."""
        ...

    async def check_parts(self) -> list[PartCheck]:
        """Check the parts of the server, and the services that it needs; for actions."""
        ...

    async def check_trail(self, known: str | None) -> TrailCheck:
        """Check every row of the audit trail; `known` is a head from elsewhere, as `number:hash`. For actions."""
        ...


class UnknownNode:
    """A node of which nothing is measured, such as one that a command runs."""

    load = Load()
    update_latency_ms = 0.0

    def used_by(self, caller: str) -> CallerUse:
        """Return that a caller has used nothing."""
        return CallerUse()

    def under_way(self, path: str) -> int:
        """Return that no call runs."""
        return 0

    async def check_parts(self) -> list[PartCheck]:
        """Return that nothing is checked."""
        return []

    async def check_trail(self, known: str | None) -> TrailCheck:
        """Return that nothing is checked."""
        return TrailCheck(fault="not_checked")


UNKNOWN_NODE = UnknownNode()
