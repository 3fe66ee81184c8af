"""The check of the audit trail as a job. Its result is a row of the trail."""

from typing import NamedTuple

import msgspec

from connvo.kernel.clock import MS
from connvo.model.audit import audit
from connvo.runtime.context import ActionCtx, MutationCtx, QueryCtx
from connvo.runtime.function import internal_action, internal_mutation, lasting
from connvo.runtime.measuring.node_view import TrailCheck
from connvo.schema.audit import AuditLog
from connvo.schema.users import UserId

ACTION, ACTION_BEGUN, RESOURCE = "audit.verify", "audit.verify_begun", "auditSeals"
MAX_SECONDS = 3600.0
SECOND_DIGITS = 3


class CheckDone(NamedTuple):
    """A check, the time of its end in ms, and how long it took with its wait."""

    found: TrailCheck
    checked_at: float
    seconds: float


def begin(ctx: MutationCtx, known: str | None, operator: UserId | None) -> None:
    """Let a job check the whole trail; `known` is a head from elsewhere."""
    audit(ctx, ACTION_BEGUN, RESOURCE, RESOURCE, operator, head=known)
    ctx.scheduler.run_after(0, check_trail, known=known, operator=operator, begun_at=ctx.now)


def newest(ctx: QueryCtx) -> CheckDone | None:
    """Return the newest check, None before the first."""
    row = ctx.db.first(AuditLog, "by_action", ACTION, reverse=True)
    if row is None:
        return None
    found = msgspec.convert(row.metadata, TrailCheck, strict=False)
    return CheckDone(found, row.timestamp, float(row.metadata["seconds"]))


@lasting(lambda settings: MAX_SECONDS)
@internal_action
async def check_trail(ctx: ActionCtx, known: str | None, operator: UserId | None, begun_at: float) -> None:
    """Check the trail on this node, and record the result."""
    found = await ctx.node.check_trail(known)
    seconds = (ctx.now() - begun_at) / MS
    await ctx.run_mutation(record_check, found=found, operator=operator, seconds=seconds)


@internal_mutation
def record_check(ctx: MutationCtx, found: TrailCheck, operator: UserId | None, seconds: float) -> None:
    """Record the result of a check."""
    audit(
        ctx,
        ACTION,
        RESOURCE,
        RESOURCE,
        operator,
        fault=found.fault or None,
        at=found.at or None,
        head=found.head or None,
        rows=float(found.rows),
        seals=float(found.seals),
        pruned=float(found.pruned),
        unsigned=float(found.unsigned),
        unsealed=float(found.unsealed),
        seconds=round(seconds, SECOND_DIGITS),
    )
