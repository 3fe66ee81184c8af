"""The steps of the action of `insights/generation`: each is a transaction of its own."""

from connvo.kernel.errors import InsufficientRole
from connvo.model.access import require_meeting, require_member
from connvo.model.rate_limits import charge
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import internal_mutation, internal_query
from connvo.runtime.wire import Result
from connvo.schema.insights import Insight, InsightId, RunState
from connvo.schema.meetings import MeetingId

from . import runs, switch

ACTION = "reportAgain"
HOUR = 3600.0
MOST_ROWS = 2_000


class Progress(Result, frozen=True, kw_only=True):
    """The state of a run, and the insights that the caller may know of."""

    state: RunState
    insights: list[InsightId]


@internal_mutation
def ask(ctx: MutationCtx, meeting_id: MeetingId, again: bool) -> None:
    """Join the run of a meeting, or begin one; a host may have it made `again`.

    Raises:
        Forbidden: The caller is not a member, or there is no such meeting.
        InsufficientRole: Another member than a host asks for it again.
        Invalid: The meeting is not over, or its reports are off.
        RateLimited: The host has asked too often.
    """
    caller, member = require_member(ctx, meeting_id)
    if again and member.role != "host":
        raise InsufficientRole("host", member.role)
    run = switch.request(ctx, require_meeting(ctx, meeting_id), again)
    if again:
        most = ctx.settings.insights.again_per_hour
        charge(ctx, caller.id, ACTION, run.meeting_id, most, most / HOUR)


@internal_query
def progress(ctx: QueryCtx, meeting_id: MeetingId) -> Progress:
    """Return the state of a run with the caller's insights; for a host, with those of everyone.

    Raises:
        Forbidden: The caller is no longer a member.
    """
    caller, member = require_member(ctx, meeting_id)
    mine = (meeting_id,) if member.role == "host" else (meeting_id, caller.id)
    found = ctx.db.scan(Insight, "by_meeting", *mine, limit=MOST_ROWS)
    run = runs.find(ctx, meeting_id)
    return Progress(state="off" if run is None else run.state, insights=[one.id for one in found if not one.deleted])
