"""The tokens of one call about a meeting: reserved before it, and settled once.

Guarantees: the reservation is in the row that the call is made for, so it is settled in the transaction that ends the
attempt.
"""

from typing import TypeVar

import msgspec

from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.insights import InsightStep
from connvo.schema.meetings import Meeting
from connvo.schema.prompts import PromptAsk

from . import usage
from .usage import Payer

Charged = TypeVar("Charged", InsightStep, PromptAsk)


def reserve(ctx: MutationCtx, charged: Charged, tokens: int, spare: int = 0) -> Charged | None:
    """Return a row with tokens reserved for one more try; None if a budget has too few, or would not spare so many."""
    payer = _payer(ctx, charged)
    if payer is None or usage.left(ctx, payer) < tokens + spare or not usage.reserve(ctx, payer, tokens):
        return None
    return ctx.db.patch(charged, tries=charged.tries + 1, reserved=tokens, reserved_on=payer.day)


def settle(ctx: MutationCtx, charged: Charged, tokens_in: int | None = None, tokens_out: int | None = None) -> Charged:
    """Charge the reservation of a row, or what the server counted; return the row."""
    payer = _payer(ctx, charged) if charged.reserved else None
    if payer is None:
        return charged
    usage.settle(ctx, msgspec.structs.replace(payer, day=charged.reserved_on), charged.reserved, tokens_in, tokens_out)
    return ctx.db.patch(charged, reserved=0)


def left(ctx: QueryCtx, step: InsightStep) -> int:
    """Return the tokens that a step may still reserve."""
    payer = _payer(ctx, step)
    return 0 if payer is None else usage.left(ctx, payer)


def _payer(ctx: QueryCtx, charged: InsightStep | PromptAsk) -> Payer | None:
    meeting = ctx.db.get(Meeting, charged.meeting_id)
    return None if meeting is None else usage.payer_of(ctx, meeting)
