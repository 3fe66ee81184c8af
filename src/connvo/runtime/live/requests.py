"""The requests of live queries, the runs that answer them, and their answers.

A query is one run. A shared query is two: its guard for one caller, and its body for all of one audience.
"""

from collections.abc import Callable, Hashable
from typing import TypeAlias

import msgspec

from connvo.kernel.errors import FunctionError
from connvo.kernel.identity import Identity
from connvo.runtime.cluster.heartbeat_throttle import Pair
from connvo.runtime.function import GuardCheck
from connvo.store.read_set import ReadSet
from connvo.store.snapshot import Snapshot

NULL = b"null"


class GuardRun(msgspec.Struct, frozen=True):
    """The run of a guard for a caller. `values` are its arguments."""

    check: GuardCheck[Hashable]
    values: tuple[Hashable, ...]
    identity: Identity | None


class BodyRun(msgspec.Struct, frozen=True):
    """The run of a shared query for an audience: path, arguments (exact JSON in canonical form), and journal.

    `paced`: a crowd may be shown its changes a little later. `subject`: the arguments of its guard; all paced runs with
    the same subject have one pace, whatever else they are asked.
    """

    path: str
    arguments: bytes
    audience: Hashable
    journal: str | None = None
    paced: bool = False
    subject: tuple[Hashable, ...] = ()


class QueryRequest(msgspec.Struct, frozen=True):
    """A live query: path, arguments (exact JSON in canonical form), caller, and the journal of where its page ends.

    A shared query has a `guard`. One without is a single run. `paced`: a crowd may be shown its changes a little later.
    """

    path: str
    arguments: bytes
    identity: Identity | None
    journal: str | None = None
    guard: GuardRun | None = None
    paced: bool = False

    def without_identity(self) -> "QueryRequest":
        """Return the same request without a caller."""
        return msgspec.structs.replace(self, identity=None) if self.identity else self

    def of(self, identity: Identity | None) -> "QueryRequest":
        """Return the same request of another caller."""
        guard = self.guard and msgspec.structs.replace(self.guard, identity=identity)
        return msgspec.structs.replace(self, identity=identity, guard=guard)

    def body(self, audience: Hashable) -> BodyRun:
        """Return the run that answers a shared query for an audience."""
        subject = () if self.guard is None else self.guard.values
        return BodyRun(self.path, self.arguments, audience, self.journal, self.paced, subject)


AnyRun: TypeAlias = QueryRequest | GuardRun | BodyRun


class QueryAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a live query as the wire carries it: the value's exact JSON, or an error.

    `heartbeats`: the members who were seen. `journal`: where its page ends. `personal`: it depends on the caller.
    `timed`: it depends on the time. `audience`: that of the caller, if the run was one of a guard.
    """

    value: bytes = NULL
    error: FunctionError | None = None
    heartbeats: frozenset[Pair] = frozenset()
    journal: str | None = None
    personal: bool = False
    timed: bool = False
    audience: Hashable = None

    def looks_like(self, other: "QueryAnswer") -> bool:
        """Return whether both look the same to a client."""
        if self is other:
            return True
        mine, theirs = self.error, other.error
        if mine is None or theirs is None:
            return mine is theirs and self.value == other.value
        return mine is theirs or mine.data() == theirs.data()


Run = Callable[[Snapshot, AnyRun, ReadSet], QueryAnswer]
