"""Sealing of the audit trail: digests over batches of rows, some seconds after they were written.

Guarantees:
    A row is in one seal at most, and the seals form one chain, however many nodes run the job.
    The rows that the job reads are no longer written, so it delays no mutation.
Does not know: who is asked to trust a seal; see `maintenance.audit_check`.
"""

import math
from collections.abc import Sequence

import msgspec
import structlog

from connvo.kernel.clock import MS
from connvo.rules.audit import seals
from connvo.runtime.context import ActionCtx, MutationCtx, QueryCtx
from connvo.runtime.function import every, internal_action, internal_mutation
from connvo.schema.audit import AuditLog, AuditSeal

log = structlog.get_logger()
SEAL_SECONDS = 10.0
# Rows younger than this may belong to transactions that are not committed yet.
SETTLED_MS = 15 * MS
# A row that appears later than that is found by the next run if it is at most so much older than the newest sealed one.
LATE_MS = 60 * MS
LATE_ROWS = 2000
BATCH = 500
SEALS_LOOKED_AT = 400


def row_bytes(row: AuditLog) -> bytes:
    """Return the bytes of a row that its seal covers: the same from every database and after an import."""
    return msgspec.json.encode(row, order="sorted")


def newest_seal(ctx: QueryCtx) -> AuditSeal | None:
    """Return the newest seal, None before the first."""
    return ctx.db.first(AuditSeal, "by_number", reverse=True)


@every(seconds=SEAL_SECONDS)
@internal_mutation
def seal_rows(ctx: MutationCtx) -> None:
    """Seal the rows that are settled, also late ones; again at once while there are more."""
    _seal(ctx, LATE_MS)


@internal_mutation
def seal_more_rows(ctx: MutationCtx) -> None:
    """Seal another batch of settled rows."""
    _seal(ctx, 0.0)


@internal_action
async def tell_of_seal(ctx: ActionCtx, number: float, hash: str) -> None:
    """Log a seal after its commit: a log that is shipped elsewhere is an anchor outside of the database."""
    log.info("audit_sealed", number=int(number), hash=hash)


def write_seal(ctx: MutationCtx, rows: Sequence[AuditLog], adopted: bool = False) -> AuditSeal:
    """Append a seal over rows to the chain."""
    newest = newest_seal(ctx)
    number = 1 if newest is None else newest.number + 1
    prev = seals.GENESIS if newest is None else newest.hash
    root = seals.batch([row_bytes(row) for row in rows])
    hash = seals.seal_hash(number, prev, root, len(rows))
    key = ctx.settings.audit.key_bytes
    first, last = min(row.creation_time for row in rows), max(row.creation_time for row in rows)
    seal = ctx.db.insert(
        AuditSeal(
            number=number,
            prev=prev,
            root=root,
            count=len(rows),
            total=len(rows) + (0 if newest is None else newest.total),
            ids=tuple(row.id for row in rows),
            hash=hash,
            mac=None if key is None else seals.mac(key, hash),
            key_id=None if key is None else seals.key_id(key),
            first_at=first,
            last_at=last,
            until=last if newest is None else max(newest.until, last),
            adopted=adopted,
            sealed_at=ctx.now,
        )
    )
    ctx.scheduler.run_after(0, tell_of_seal, number=float(number), hash=hash)
    return seal


def _seal(ctx: MutationCtx, late_ms: float) -> None:
    newest, settled = newest_seal(ctx), ctx.now - SETTLED_MS
    if newest is None:
        rows = ctx.db.scan(AuditLog, "by_creation", until=settled, limit=BATCH + 1)
    else:
        ahead = ctx.db.scan(AuditLog, "by_creation", after=newest.until, until=settled, limit=BATCH + 1)
        if not ahead and newest.until < settled - LATE_MS:
            return
        rows = [*_late(ctx, min(newest.until, settled), late_ms), *ahead]
    if not rows:
        return
    write_seal(ctx, rows[:BATCH])
    if len(rows) > BATCH:
        ctx.scheduler.run_after(0, seal_more_rows)


def _late(ctx: MutationCtx, until: float, late_ms: float) -> list[AuditLog]:
    """Return rows before the newest sealed one, at most `late_ms` before it, that no seal holds, oldest first.

    After the clock was set back, `until` is the time that is settled by the new clock.
    """
    since = until - late_ms
    sealed: set[str] = set()
    oldest = None
    for seal in ctx.db.scan(AuditSeal, "by_number", reverse=True, limit=SEALS_LOOKED_AT):
        oldest = seal
        if seal.until < since:
            break
        sealed.update(seal.ids)
    else:
        if oldest is not None and oldest.number > 1:
            since = max(since, math.nextafter(oldest.until, math.inf))
    found = ctx.db.scan(AuditLog, "by_creation", since=since, until=until, reverse=True, limit=LATE_ROWS)
    return [row for row in reversed(found) if row.id not in sealed]
