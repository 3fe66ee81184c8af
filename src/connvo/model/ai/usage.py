"""Token budgets: of a meeting, and of an organisation per day.

Guarantees:
    A call is made only after its tokens were reserved in both budgets, and reservations of all nodes count.
    Reserving and settling are part of the caller's transaction: with the row of the step that holds the reservation,
    they take effect once, whatever crashes.
"""

from datetime import UTC, datetime

import msgspec

from connvo.kernel.clock import MS
from connvo.rules.insights.tokens import billed
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.ai import AiUsage, UsageScope
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.users import User
from connvo.store.purging import purge
from connvo.telemetry.instruments import AI_TOKENS

KEPT_MS = 90 * 24 * 3600 * MS
# Meetings of organisers without an organisation share one budget.
NO_ORGANISATION = ""


class Payer(msgspec.Struct, frozen=True, kw_only=True):
    """The budgets that a call counts against: the meeting's, and the organisation's of a day."""

    meeting_id: MeetingId
    organisation: str
    day: str

    @property
    def keys(self) -> tuple[tuple[UsageScope, str, str], ...]:
        """The keys of both rows."""
        return ("meeting", self.meeting_id, ""), ("organisation", self.organisation, self.day)


def payer_of(ctx: QueryCtx, meeting: Meeting) -> Payer:
    """Return the budgets of a meeting's calls today."""
    organiser = ctx.db.get(User, meeting.organizer_id)
    organisation = NO_ORGANISATION if organiser is None else organiser.org_id or NO_ORGANISATION
    day = datetime.fromtimestamp(ctx.now / MS, UTC).date().isoformat()
    return Payer(meeting_id=meeting.id, organisation=organisation, day=day)


def left(ctx: QueryCtx, payer: Payer) -> int:
    """Return how many tokens may still be reserved."""
    limits = _limits(ctx)
    return min(limits[scope] - _used(ctx, scope, key, day) for scope, key, day in payer.keys)


def reserve(ctx: MutationCtx, payer: Payer, tokens: int) -> bool:
    """Reserve tokens in both budgets; return False, and reserve nothing, if one of them has too few left."""
    if tokens > left(ctx, payer):
        return False
    for scope, key, day in payer.keys:
        row = _row(ctx, scope, key, day)
        if row is None:
            ctx.db.insert(AiUsage(scope=scope, key=key, day=day, reserved=tokens, updated_at=ctx.now))
        else:
            ctx.db.patch(row, reserved=row.reserved + tokens, updated_at=ctx.now)
    return True


def settle(
    ctx: MutationCtx, payer: Payer, reserved: int, tokens_in: int | None = None, tokens_out: int | None = None
) -> None:
    """Replace a reservation by what the call cost; all of it if the server counted nothing, or the result is lost."""
    cost = billed(reserved, tokens_in, tokens_out)
    counted = tokens_in is not None or tokens_out is not None
    spent_in = min(max(0, tokens_in or 0), cost)
    spent_out = cost - spent_in if counted else 0
    if counted:
        ctx.record(AI_TOKENS, spent_in, direction="in")
        ctx.record(AI_TOKENS, spent_out, direction="out")
    for scope, key, day in payer.keys:
        row = _row(ctx, scope, key, day)
        if row is not None:
            ctx.db.patch(
                row,
                reserved=max(0, row.reserved - reserved),
                tokens_in=row.tokens_in + spent_in,
                tokens_out=row.tokens_out + spent_out,
                uncounted=row.uncounted + (0 if counted else cost),
                calls=row.calls + 1,
                updated_at=ctx.now,
            )


def release(ctx: MutationCtx, payer: Payer, reserved: int) -> None:
    """Return a reservation of a call that reached no server."""
    for scope, key, day in payer.keys:
        row = _row(ctx, scope, key, day)
        if row is not None:
            ctx.db.patch(row, reserved=max(0, row.reserved - reserved), updated_at=ctx.now)


def drop_old(ctx: MutationCtx) -> bool:
    """Delete a batch of old rows; return whether there may be more."""
    return purge(ctx.db, AiUsage, "by_update", until=ctx.now - KEPT_MS)


def _limits(ctx: QueryCtx) -> dict[UsageScope, int]:
    settings = ctx.settings.ai
    return {"meeting": settings.meeting_tokens, "organisation": settings.org_daily_tokens}


def _used(ctx: QueryCtx, scope: UsageScope, key: str, day: str) -> int:
    row = _row(ctx, scope, key, day)
    return 0 if row is None else row.used


def _row(ctx: QueryCtx, scope: UsageScope, key: str, day: str) -> AiUsage | None:
    return ctx.db.first(AiUsage, "by_scope", scope, key, day)
