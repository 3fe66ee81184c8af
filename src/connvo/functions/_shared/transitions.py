"""Moving a meeting from state to state, with everything that goes with it, in the caller's transaction.

A meeting that is over has nobody joined, no open session, no signal, no request to mute, no open invitation and no
link, and is recorded no more.
"""

from ...domain.lifecycle import Step, is_open, next_state, refusal
from ...kernel.errors import Invalid
from ...runtime.context import MutationCtx
from ...schema.invitations import Invitation
from ...schema.meetings import Meeting
from ...schema.users import UserId
from . import moves, muting, recordings, timeline
from .activity import note_start
from .audit import audit
from .links import drop_link
from .roster import members
from .sessions import MEETING_OVER, close_all_sessions

RESOURCE = "meetings"


def start(ctx: MutationCtx, meeting: Meeting, actor: UserId) -> Meeting:
    """Makes a scheduled meeting active; returns it. Raises Invalid in any other state."""
    meeting = _step(ctx, meeting, "start")
    note_start(ctx, meeting.id)
    audit(ctx, "meeting.start", RESOURCE, meeting.id, actor)
    meeting = ctx.db.patch(meeting, started_at=ctx.now, empty_since=ctx.now)
    moves.begin(ctx, meeting)
    return meeting


def end(ctx: MutationCtx, meeting: Meeting, actor: UserId | None, reason: str) -> Meeting:
    """Concludes an active meeting; returns it. `actor` is None when the server ends it. Raises Invalid otherwise."""
    meeting = _step(ctx, meeting, "end")
    _close(ctx, meeting)
    moves.finish(ctx, meeting)
    audit(ctx, "meeting.end", RESOURCE, meeting.id, actor, reason=reason)
    return ctx.db.patch(meeting, ended_at=ctx.now, empty_since=None)


def cancel(ctx: MutationCtx, meeting: Meeting, actor: UserId | None, reason: str) -> Meeting:
    """Cancels a scheduled meeting; returns it. `actor` as in `end`. Raises Invalid in any other state."""
    meeting = _step(ctx, meeting, "cancel")
    _close(ctx, meeting)
    audit(ctx, "meeting.cancel", RESOURCE, meeting.id, actor, reason=reason)
    return meeting


def _step(ctx: MutationCtx, meeting: Meeting, step: Step) -> Meeting:
    state = next_state(meeting.state, step)
    if state is None:
        raise Invalid(refusal(meeting.state, step), "meetingId", meetingId=meeting.id, state=meeting.state)
    for member in members(ctx, meeting.id):
        gone = {"presence": "left", "left_at": ctx.now} if member.presence == "joined" and not is_open(state) else {}
        if gone:
            timeline.note(ctx, meeting, member.user_id, "left", reason=MEETING_OVER)
        ctx.db.patch(member, meeting_state=state, **gone)
    return ctx.db.patch(meeting, state=state, updated_at=ctx.now)


def _close(ctx: MutationCtx, meeting: Meeting) -> None:
    close_all_sessions(ctx, meeting.id)
    muting.drop_all(ctx, meeting.id)
    recordings.stop_live(ctx, meeting.id, "meeting_over")
    drop_link(ctx, meeting.id)
    for invitation in ctx.db.scan(Invitation, "by_meeting", meeting.id):
        ctx.db.delete(invitation)
