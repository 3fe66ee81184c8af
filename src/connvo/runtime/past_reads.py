"""Queries on a snapshot of the past: the data of then, with the right to read them of now."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from connvo.kernel.errors import Forbidden, FunctionError, InsufficientRole, NotFound, Unauthorized
from connvo.kernel.identity import Identity
from connvo.store.engine import Engine, SnapshotGone, StoreError
from connvo.store.snapshot import Snapshot

from .cluster.heartbeat_throttle import Pair

Work = Callable[[Snapshot], tuple[Any, int, set[Pair]]]
Recheck = Callable[[Snapshot, Any], Any]
# A query that answers so now says that its caller has no right to read this any more, or that it was erased.
REFUSALS = (Unauthorized, Forbidden, InsufficientRole, NotFound)


async def seen_now(engine: Engine, work: Work, recheck: Recheck, value: Any, ts: int) -> Any:
    """Return what a query saw at `ts`, without what the caller may not see any more.

    What the same query refuses now, or has nothing to say to, it does not tell of the past either; `recheck` looks at
    what it shows one by one.

    Raises:
        FunctionError: The query refuses its caller now.
        SnapshotGone: Somebody was erased since then.
    """

    def now(db: Snapshot) -> Any:
        if db.timestamp == ts:
            return value
        try:
            present = work(db)[0]
        except REFUSALS:
            raise
        except FunctionError:  # it asks for what is no more, or not in this way
            present = value
        if not db.remembers(ts):
            raise SnapshotGone(f"the snapshot at {ts} is no longer kept")
        return None if present is None else recheck(db, value)

    return await engine.read(now)


async def keep(engine: Engine, at: int, ts: int, identity: Identity | None) -> None:
    """Keep the snapshot that an account has begun to read at, if it still is the newest."""
    if identity is not None and ts == at and not engine.pinned(at):
        with suppress(StoreError):
            await engine.pin(identity.token_identifier, only=at)
