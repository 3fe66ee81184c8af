"""What a database must do for us. Nothing above this line knows which one runs.

An engine gives snapshots and runs mutations; a mutation is durable before its caller hears of it, and mutations
are serialisable. `work` is called with the documents, maybe in another thread, and may be called again from scratch, so
it must be pure but for its reads and writes.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Generic, Protocol, TypeVar

import msgspec

from connvo.kernel.errors import ConnvoError

from .commit_log import Commit
from .read_set import ReadSet
from .snapshot import Snapshot
from .transaction import Transaction

T = TypeVar("T")
SERVER = ""  # whose the server's own mutations are
CommitListener = Callable[[list[Commit]], None]


class StoreError(ConnvoError):
    """The database cannot be used; the message is one line for the operator."""

    status = 503
    code = "SERVICE_UNAVAILABLE"


class NewerDatabase(StoreError):
    """The database was written by a newer version of this program."""


class StoreUnavailable(StoreError):
    """The database cannot be opened, read or written now."""


class OutcomeUnknown(StoreUnavailable):
    """The database went away during a commit and did not come back in time: it may have been carried out or not."""


class StoreBusy(StoreError):
    """Too many mutations are waiting."""


class SnapshotGone(StoreError):
    """The snapshot asked for is no longer kept."""


class SnapshotAhead(StoreError):
    """The snapshot asked for lies in the future."""


class Committed(msgspec.Struct, Generic[T], frozen=True):
    """The result of a mutation and the timestamp from which on it is visible."""

    value: T
    ts: int


class SnapshotHandle(Protocol):
    """One snapshot for several reads in a row, with something between them that belongs to the event loop."""

    async def run(self, work: Callable[[Snapshot], T]) -> T:
        """Return what `work` makes of the snapshot.

        Raises:
            StoreUnavailable: The database cannot be reached.
        """
        ...


class Engine(Protocol):
    """A database. Its coroutines belong to the event loop in which `open` was called.

    `distant`: every read waits for another process, so that it pays to remember what was read.
    """

    distant: bool

    async def pending(self) -> list[str]:
        """Return the statements by which `open` would change the schema, and change nothing.

        Raises:
            NewerDatabase: A newer version of connvo wrote the database.
            StoreUnavailable: The database cannot be reached.
        """
        ...

    async def open(self) -> None:
        """Open and migrates.

        Raises:
            NewerDatabase: A newer version of connvo wrote the database.
            StoreUnavailable: The database cannot be reached.
        """
        ...

    async def close(self) -> None:
        """Finish what is queued and close."""
        ...

    async def read(self, work: Callable[[Snapshot], T], reads: ReadSet | None = None, at: int | None = None) -> T:
        """Run `work` on the newest snapshot, or on the one at timestamp `at`.

        Raises:
            SnapshotGone: The snapshot is no longer held.
            SnapshotAhead: The timestamp has not been reached.
            StoreUnavailable: The database cannot be reached.
        """
        ...

    def snapshot(self) -> AbstractAsyncContextManager[SnapshotHandle]:
        """Give the newest snapshot, which begins with its first `run`.

        Other things may be waited for within, but not for long: there are few at once.

        Raises:
            StoreUnavailable: The database cannot be reached.
        """
        ...

    def begin(self, work: Callable[[Transaction], T], person: str = SERVER) -> "asyncio.Future[Committed[T]]":
        """Hand `work` over, behind what was handed over before for the same person; people have theirs run in turn.

        Comes to what `write` comes to.

        Raises:
            StoreBusy: At once.
        """
        ...

    async def write(self, work: Callable[[Transaction], T], person: str = SERVER) -> Committed[T]:
        """Run `work` in a transaction; return once it is on disk. What `work` raises leaves no trace."""
        ...

    async def pin(self, owner: str, only: int | None = None) -> int:
        """Return the newest timestamp and keep its snapshot readable for a while, within the owner's share.

        `only`: keep it only if that is the timestamp. Without a pin, a snapshot is read as long as nothing that the
        read touches has changed.
        """
        ...

    def unpin(self, ts: int, owner: str) -> None:
        """End an owner's interest in the snapshot at a timestamp."""
        ...

    def pinned(self, ts: int) -> bool:
        """Return whether the snapshot at a timestamp is kept."""
        ...

    async def scrub(self) -> bool:
        """Take what was deleted out of the log of commits and out of the files, as far as the database lets us.

        Every timestamp up to now is gone then. Return False where something else holds on to it: readers of other
        processes, or a file too large to be rewritten beside a server.

        Raises:
            StoreUnavailable: The database cannot be written.
        """
        ...

    async def advance_clock(self, ts: int) -> None:
        """Move the clock to at least `ts`; commits from then on lie above it."""
        ...

    def now_ns(self) -> int:
        """Return wall time in nanoseconds since the epoch, the same on every node of the database."""
        ...

    async def commits(self, after_seq: int, limit: int) -> list[Commit]:
        """Return the commits after a position of the log, oldest first."""
        ...

    def on_local_commits(self, listener: CommitListener) -> None:
        """Call back with every group of commits made here, after they are on disk. A hint, never the truth."""
        ...

    def on_remote_commits(self, listener: CommitListener) -> None:
        """Call back with commits of others that came up while mutations ran here, before those of a group are told.

        A hint like the other: none may come, and some twice.
        """
        ...

    def secret(self) -> bytes:
        """Return the database's own 32 random bytes, made when it was created."""
        ...
