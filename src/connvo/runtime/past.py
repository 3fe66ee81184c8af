"""Queries on a snapshot of the past: the data of then, with the right to read them of now."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..kernel.errors import Forbidden, FunctionError, InsufficientRole, NotFound, Unauthorized
from ..kernel.identity import Identity
from ..store.engine import Engine, SnapshotGone, StoreError
from ..store.snapshot import Snapshot
from .heartbeats import Pair

Work = Callable[[Snapshot], tuple[Any, int, set[Pair]]]
# A query that answers so now says that its caller has no right to read this any more, or that it was erased.
REFUSALS = (Unauthorized, Forbidden, InsufficientRole, NotFound)


async def seen_now(engine: Engine, work: Work, value: Any, ts: int) -> Any:
    """Return what a query saw at `ts`, unless the caller may not see it any more.

    What the same query refuses now, or has nothing to say to, it does not tell of the past either.

    Raises:
        FunctionError: The query refuses its caller now.
        SnapshotGone: Somebody was erased since then.
    """

    def now(db: Snapshot) -> Any:
        if db.timestamp == ts:
            return value
        present = work(db)[0]
        if not db.remembers(ts):
            raise SnapshotGone(f"the snapshot at {ts} is no longer kept")
        return present

    try:
        present = await engine.read(now)
    except REFUSALS:
        raise
    except FunctionError:
        return value
    return None if present is None else value


async def keep(engine: Engine, at: int, ts: int, identity: Identity | None) -> None:
    """Keep the snapshot that an account has begun to read at, if it still is the newest."""
    if identity is not None and ts == at and not engine.pinned(at):
        with suppress(StoreError):
            await engine.pin(identity.token_identifier, only=at)
