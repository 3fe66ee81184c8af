"""Queries on a past snapshot: past data, under the rights that the caller has now."""

from collections.abc import Callable
from contextlib import suppress

from connvo.kernel.errors import Forbidden, FunctionError, InsufficientRole, NotFound, Unauthorized
from connvo.kernel.identity import Identity
from connvo.store.engine import Engine, SnapshotGone, StoreError
from connvo.store.snapshot import Snapshot

from .cluster.heartbeat_throttle import Pair

Work = Callable[[Snapshot], tuple[object, int, set[Pair]]]
Recheck = Callable[[Snapshot, object], object]
# With these errors a query says now that its caller may no longer read this, or that it was erased.
REFUSALS = (Unauthorized, Forbidden, InsufficientRole, NotFound)


async def still_visible(engine: Engine, work: Work, recheck: Recheck, value: object, ts: int) -> object:
    """Return what a query saw at `ts`, without what the caller may no longer see.

    If the same query fails or returns null now, its past result is not shown either; `recheck` filters the parts of a
    result one by one.

    Raises:
        FunctionError: The query refuses its caller now.
        SnapshotGone: A user was erased since then.
    """

    def now(db: Snapshot) -> object:
        if db.timestamp == ts:
            return value
        try:
            present = work(db)[0]
        except REFUSALS:
            raise
        except FunctionError:  # the subject is gone or has changed: that alone takes no right away
            present = value
        if not db.log.reaches(ts):
            raise SnapshotGone(f"the snapshot at {ts} is no longer kept")
        return None if present is None else recheck(db, value)

    return await engine.read(now)


async def pin_if_newest(engine: Engine, at: int, ts: int, identity: Identity | None) -> None:
    """Pin the snapshot that an account has begun to read at, if it still is the newest."""
    if identity is not None and ts == at and not engine.pinned(at):
        with suppress(StoreError):
            await engine.pin(identity.token_identifier, only=at)
