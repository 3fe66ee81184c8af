"""The interface of a database engine; no caller knows which database runs.

An engine provides snapshots and runs mutations. `work` gets a snapshot or a transaction, possibly in another thread,
and may be run again from the start: apart from its reads and writes it must be pure.

Guarantees: mutations are serialisable, and durable before their caller gets the result.
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
SERVER = ""  # the person of the server's own mutations
CommitListener = Callable[[list[Commit]], None]


class StoreError(ConnvoError):
    """The base of store errors: the database cannot be used. The message is one line for the operator."""

    status = 503
    code = "SERVICE_UNAVAILABLE"


class NewerDatabase(StoreError):
    """An error for a database written by a newer version of connvo."""


class StoreUnavailable(StoreError):
    """An error for a database that cannot be opened, read or written now."""


class OutcomeUnknown(StoreUnavailable):
    """An error for a connection lost during a commit: it is unknown whether the commit took place."""


class StoreBusy(StoreError):
    """An error for a mutation refused because too many are waiting."""


class SnapshotGone(StoreError):
    """An error for a timestamp whose snapshot is no longer kept."""


class SnapshotAhead(StoreError):
    """An error for a timestamp in the future."""


class Committed(msgspec.Struct, Generic[T], frozen=True):
    """The result of a mutation and the timestamp at which it became visible."""

    value: T
    ts: int


class SnapshotHandle(Protocol):
    """One snapshot for several reads in a row, with work of the event loop in between."""

    async def run(self, work: Callable[[Snapshot], T]) -> T:
        """Run `work` on the snapshot and return its result.

        Raises:
            StoreUnavailable: The database cannot be reached.
        """
        ...


class Engine(Protocol):
    """A database; its coroutines belong to the event loop in which `open` was called.

    `distant`: every read waits for another process, so caching reads pays off.
    """

    distant: bool

    async def pending(self) -> list[str]:
        """Return the statements by which `open` would change the schema, without running them.

        Raises:
            NewerDatabase: A newer version of connvo wrote the database.
            StoreUnavailable: The database cannot be reached.
        """
        ...

    async def open(self) -> None:
        """Open and migrate the database.

        Raises:
            NewerDatabase: A newer version of connvo wrote the database.
            StoreUnavailable: The database cannot be reached.
        """
        ...

    async def close(self) -> None:
        """Finish the queued mutations and close."""
        ...

    async def read(self, work: Callable[[Snapshot], T], reads: ReadSet | None = None, at: int | None = None) -> T:
        """Run `work` on the newest snapshot, or on the one at timestamp `at`.

        Raises:
            SnapshotAhead: The timestamp is in the future.
            SnapshotGone: The snapshot is no longer kept, and something that was read has changed.
            StoreUnavailable: The database cannot be reached.
        """
        ...

    def snapshot(self) -> AbstractAsyncContextManager[SnapshotHandle]:
        """Return a context manager for the newest snapshot, which begins with its first `run`.

        Other awaits are allowed within it, but not long ones: only a few snapshots can be open at once.

        Raises:
            StoreUnavailable: The database cannot be reached.
        """
        ...

    def queued(self) -> int:
        """Return how many mutations wait."""
        ...

    def begin(
        self, work: Callable[[Transaction], T], person: str = SERVER, urgent: bool = False
    ) -> "asyncio.Future[Committed[T]]":
        """Queue `work` behind earlier mutations of the same person; different persons take turns, urgent work first.

        The future has the result of `write`.

        Raises:
            StoreBusy: Too many mutations are waiting.
        """
        ...

    async def write(self, work: Callable[[Transaction], T], person: str = SERVER, urgent: bool = False) -> Committed[T]:
        """Run `work` in a transaction; return once it is on disk. An error of `work` rolls it back.

        Raises:
            OutcomeUnknown: The connection was lost during the commit.
            StoreBusy: Too many mutations are waiting.
            StoreUnavailable: The database cannot be written.
        """
        ...

    async def pin(self, owner: str, only: int | None = None) -> int:
        """Return the newest timestamp and keep its snapshot readable for a while, within the owner's share.

        `only`: pin only if the newest timestamp is this one. An unpinned snapshot stays readable until a commit
        changes something that the read touches.

        Raises:
            StoreUnavailable: The database cannot be read.
        """
        ...

    def unpin(self, ts: int, owner: str) -> None:
        """End an owner's interest in the snapshot at a timestamp."""
        ...

    def pinned(self, ts: int) -> bool:
        """Return whether the snapshot at a timestamp is kept."""
        ...

    async def scrub(self) -> bool:
        """Purge deleted data from the commit log and, as far as the database allows, from its files.

        Every snapshot up to now is gone afterwards. Return False if deleted data may remain: another process is
        reading, or the file is too large to rewrite while a server runs.

        Raises:
            StoreUnavailable: The database cannot be written.
        """
        ...

    async def advance_clock(self, ts: int) -> None:
        """Move the clock to at least `ts`; later commits have larger timestamps.

        Raises:
            StoreUnavailable: The database cannot be written.
        """
        ...

    def now_ns(self) -> int:
        """Return wall time in nanoseconds since the epoch, the same on every node of the database."""
        ...

    async def commits(self, after_seq: int, limit: int) -> list[Commit]:
        """Return the commits after a position of the log, oldest first.

        Raises:
            StoreUnavailable: The database cannot be read.
        """
        ...

    def on_local_commits(self, listener: CommitListener) -> None:
        """Call `listener` with every group of local commits once it is on disk.

        Best effort; the log is authoritative.
        """
        ...

    def on_remote_commits(self, listener: CommitListener) -> None:
        """Call `listener` with commits of other nodes that the writer read, before later local ones.

        Best effort: commits may be missing or repeated.
        """
        ...

    def secret(self) -> bytes:
        """Return the 32 random bytes that the database got when it was created."""
        ...
