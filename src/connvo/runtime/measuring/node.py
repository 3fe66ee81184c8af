"""The measurements of this node, as functions and the rows of measurements see them."""

from collections.abc import Awaitable, Callable, Mapping
from hashlib import blake2b
from typing import Protocol

from connvo.rules.monitoring.shedding import Load
from connvo.telemetry.traces import NO_TRACES, CallSpan, Traces

from .load import LoadMonitor
from .node_view import UNKNOWN_NODE, CallerUse, PartCheck, TrailCheck
from .recorder import CallRecorder

DIGEST_BYTES = 12


class CallAllowance(Protocol):
    """The budget of calls, which the transport keeps."""

    def left(self, account: str) -> tuple[float, float]:
        """Return the calls that an account may make at once, and the seconds until the next one is allowed."""
        ...

    def take_busy(self) -> dict[str, float]:
        """Return the digests of callers who used much of their budget since the last question, with their calls."""
        ...

    def charge_elsewhere(self, calls: Mapping[str, float]) -> None:
        """Take the calls that callers made on other nodes from their budgets here."""
        ...


class LiveQueryCounts(Protocol):
    """The live queries of this node."""

    def __len__(self) -> int:
        """Return the live queries of all clients."""
        ...

    def held_by(self, account: str) -> int:
        """Return the live queries of an account."""
        ...


class Node:
    """The load, the calls and the callers of this node.

    `allowance` is set by a server that counts calls, `traces` by one that has a collector.
    """

    def __init__(self, recorder: CallRecorder, monitor: LoadMonitor, live_queries: LiveQueryCounts) -> None:
        self.recorder = recorder
        self.monitor = monitor
        self._live_queries = live_queries
        self.traces: Traces = NO_TRACES
        self.allowance: CallAllowance | None = None
        self.version = ""
        self.checks: Callable[[], Awaitable[list[PartCheck]]] = UNKNOWN_NODE.check_parts
        self.trail_check: Callable[[str | None], Awaitable[TrailCheck]] = UNKNOWN_NODE.check_trail

    @property
    def load(self) -> Load:
        """The load of this node."""
        return self.monitor.load

    @property
    def update_latency_ms(self) -> float:
        """The mean time from a commit until a live query was sent its change, in the last minutes; 0 without one."""
        return self.recorder.update_latency_ms

    @property
    def live_queries(self) -> int:
        """The live queries of all clients."""
        return len(self._live_queries)

    def trace(self, path: str) -> CallSpan:
        """Begin the span of a call; a path that is no public function is not traced."""
        kind = self.recorder.kind_of(path)
        return NO_TRACES.call(path, "") if kind is None else self.traces.call(path, kind)

    def used_by(self, caller: str) -> CallerUse:
        """Return what a caller has used of this node."""
        requests, size, since = self.recorder.of_caller(caller)
        left, wait = (None, 0.0) if self.allowance is None else self.allowance.left(caller)
        return CallerUse(
            requests=requests,
            request_bytes=size,
            live_queries=self._live_queries.held_by(caller),
            since=since,
            left=left,
            wait=wait,
        )

    def under_way(self, path: str) -> int:
        """Return how many calls of a function this node runs."""
        return self.recorder.under_way(path)

    async def check_parts(self) -> list[PartCheck]:
        """Check the parts of the server, and the services that it needs."""
        return await self.checks()

    async def check_trail(self, known: str | None) -> TrailCheck:
        """Check every row of the audit trail; `known` is a head from elsewhere, as `number:hash`."""
        return await self.trail_check(known)


def digest_of(caller: str, key: bytes) -> str:
    """Return the name of a caller in a row: it is the same on all nodes, and tells nothing to who lacks the key."""
    return blake2b(caller.encode(), key=key, digest_size=DIGEST_BYTES).hexdigest()
