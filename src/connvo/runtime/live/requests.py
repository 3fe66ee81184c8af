"""What clients ask by live queries, and the answers."""

from collections.abc import Callable

import msgspec

from connvo.kernel.errors import FunctionError
from connvo.kernel.identity import Identity
from connvo.runtime.cluster.heartbeat_throttle import Pair
from connvo.store.read_set import ReadSet
from connvo.store.snapshot import Snapshot

NULL = b"null"


class QueryRequest(msgspec.Struct, frozen=True):
    """What a client asks: path, arguments (the wire's exact JSON in one order), who asks, and where pages end."""

    path: str
    arguments: bytes
    identity: Identity | None
    journal: str | None = None

    def without_identity(self) -> "QueryRequest":
        """Return the same question as a caller asks it of whom nothing is known."""
        return msgspec.structs.replace(self, identity=None) if self.identity else self


class QueryAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A result as the wire carries it: the value's JSON, or an error.

    `alive`: whose signs of life it gives. `journal`: where its page ends. `personal`: it depends on who asks.
    `timed`: it depends on when.
    """

    value: bytes = NULL
    error: FunctionError | None = None
    heartbeats: frozenset[Pair] = frozenset()
    journal: str | None = None
    personal: bool = False
    timed: bool = False

    def looks_like(self, other: "QueryAnswer") -> bool:
        """Return whether a client would see no difference."""
        mine, theirs = self.error, other.error
        if mine is None or theirs is None:
            return mine is theirs and self.value == other.value
        return mine is theirs or mine.data() == theirs.data()


Run = Callable[[Snapshot, QueryRequest, ReadSet], QueryAnswer]
