"""Deletion of audit rows that are past their retention, in whole seals, so that the chain still proves the others.

Guarantees: a pruned seal stays for as long again, without the ids of its rows, and the newest one for longer. The
transaction that prunes also adds a row to the trail, which covers all pruned seals: `from` the first one `to` the
newest, and the `count` of their rows. So the chain may begin with any seal that such a row covers.
"""

from connvo.rules.audit import seals
from connvo.runtime.context import MutationCtx
from connvo.schema.audit import AuditLog, AuditSeal

from .records import audit

ACTION = "audit.prune"
RESOURCE = "auditSeals"
MAX_SEALS = 100
MAX_ROWS = 500


def prune(ctx: MutationCtx, until: float) -> bool:
    """Delete the rows of the oldest seals, of those whose rows are all from at most `until`; return whether any was.

    Each call prunes a bounded number.
    """
    pruned: AuditSeal | None = None
    rows = 0
    for index, seal in enumerate(ctx.db.scan(AuditSeal, "by_pruned", None, limit=MAX_SEALS)):
        if seal.last_at > until or (rows + seal.count > MAX_ROWS and index):
            break
        _empty(ctx, seal)
        pruned = seal
        rows += seal.count
    if pruned is not None:
        _record(ctx, pruned)
    return pruned is not None


def drop_seals(ctx: MutationCtx, until: float) -> bool:
    """Delete the oldest seals that were pruned at most `until`, but the newest one; return whether any was.

    Each call deletes a bounded number.
    """
    old = ctx.db.scan(AuditSeal, "by_pruned", since=0.0, until=until, limit=MAX_SEALS)
    newest = ctx.db.first(AuditSeal, "by_pruned", reverse=True)
    dropped = [seal for seal in old if newest is not None and seal.id != newest.id]
    for seal in dropped:
        ctx.db.delete(seal)
    return bool(dropped)


def _empty(ctx: MutationCtx, seal: AuditSeal) -> None:
    for id in seal.ids:
        row = ctx.db.get(AuditLog, id)
        if row is not None:
            ctx.db.delete(row)
    ctx.db.patch(seal, ids=(), pruned_at=ctx.now)


def _record(ctx: MutationCtx, newest: AuditSeal) -> None:
    key = ctx.settings.audit.key_bytes
    proof = None if key is None else seals.mac(key, seals.prune_text(newest.number, newest.hash, newest.total))
    values: dict[str, float | str | None] = {
        "from": 1.0,
        "to": float(newest.number),
        "count": float(newest.total),
        "proof": proof,
    }
    audit(ctx, ACTION, RESOURCE, newest.id, None, "success", False, **values)
