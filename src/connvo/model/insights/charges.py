"""The tokens of a step: reserved before its call, and settled once.

Guarantees: the reservation is in the row of the step, so it is settled in the transaction that ends the attempt.
"""

import msgspec

from connvo.model.ai import usage
from connvo.model.ai.usage import Payer
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.insights import InsightStep
from connvo.schema.meetings import Meeting


def reserve(ctx: MutationCtx, step: InsightStep, tokens: int) -> InsightStep | None:
    """Return a step with tokens reserved for one more try; None if a budget has too few."""
    payer = _payer(ctx, step)
    if payer is None or not usage.reserve(ctx, payer, tokens):
        return None
    return ctx.db.patch(step, tries=step.tries + 1, reserved=tokens, reserved_on=payer.day)


def settle(
    ctx: MutationCtx, step: InsightStep, tokens_in: int | None = None, tokens_out: int | None = None
) -> InsightStep:
    """Charge the reservation of a step, or what the server counted; return the step."""
    payer = _payer(ctx, step) if step.reserved else None
    if payer is None:
        return step
    usage.settle(ctx, msgspec.structs.replace(payer, day=step.reserved_on), step.reserved, tokens_in, tokens_out)
    return ctx.db.patch(step, reserved=0)


def left(ctx: QueryCtx, step: InsightStep) -> int:
    """Return the tokens that a step may still reserve."""
    payer = _payer(ctx, step)
    return 0 if payer is None else usage.left(ctx, payer)


def _payer(ctx: QueryCtx, step: InsightStep) -> Payer | None:
    meeting = ctx.db.get(Meeting, step.meeting_id)
    return None if meeting is None else usage.payer_of(ctx, meeting)
