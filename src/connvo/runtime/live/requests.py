"""The requests of live queries, and their answers."""

from collections.abc import Callable

import msgspec

from connvo.kernel.errors import FunctionError
from connvo.kernel.identity import Identity
from connvo.runtime.cluster.heartbeat_throttle import Pair
from connvo.store.read_set import ReadSet
from connvo.store.snapshot import Snapshot

NULL = b"null"


class QueryRequest(msgspec.Struct, frozen=True):
    """A live query: path, arguments (exact JSON in canonical form), caller, and the journal of where its page ends."""

    path: str
    arguments: bytes
    identity: Identity | None
    journal: str | None = None

    def without_identity(self) -> "QueryRequest":
        """Return the same request without a caller."""
        return msgspec.structs.replace(self, identity=None) if self.identity else self


class QueryAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a live query as the wire carries it: the value's exact JSON, or an error.

    `heartbeats`: the members who were seen. `journal`: where its page ends. `personal`: it depends on the caller.
    `timed`: it depends on the time.
    """

    value: bytes = NULL
    error: FunctionError | None = None
    heartbeats: frozenset[Pair] = frozenset()
    journal: str | None = None
    personal: bool = False
    timed: bool = False

    def looks_like(self, other: "QueryAnswer") -> bool:
        """Return whether both look the same to a client."""
        mine, theirs = self.error, other.error
        if mine is None or theirs is None:
            return mine is theirs and self.value == other.value
        return mine is theirs or mine.data() == theirs.data()


Run = Callable[[Snapshot, QueryRequest, ReadSet], QueryAnswer]
