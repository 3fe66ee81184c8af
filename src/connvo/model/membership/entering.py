"""Join and leave meetings, as members do it themselves."""

from connvo.model.access import require_meeting, require_member, require_running, require_user
from connvo.model.meetings import members
from connvo.rules.meeting_states import is_open
from connvo.runtime.context import MutationCtx
from connvo.schema.meetings import Meeting, MeetingId

from . import invitations, joining, leaving, transitions


def join(ctx: MutationCtx, meeting_id: MeetingId) -> Meeting:
    """Take a seat in an active meeting, or reopen one that ended empty; return it. Joining twice has no further effect.

    Raises:
        Conflict: The meeting is full.
        Forbidden: The caller is neither a member nor invited.
        Invalid: The meeting is not active and cannot be reopened by the caller.
    """
    invitations.accept(ctx, meeting_id, require_user(ctx))
    caller, member = require_member(ctx, meeting_id)
    meeting = require_meeting(ctx, meeting_id)
    if member.role != "observer" and members.is_reopenable(ctx, meeting):
        transitions.reopen(ctx, meeting, caller.id)
    joining.admit(ctx, require_running(ctx, meeting_id), member)
    ctx.heartbeat(meeting_id, caller.id)
    return meeting


def leave(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Leave a meeting and close the caller's sessions in it. Does nothing if the caller is not in it.

    A member whom a host added to an open meeting, and who has never joined, declines it for good.

    Raises:
        Forbidden: The caller is not a member.
    """
    _, member = require_member(ctx, meeting_id)
    meeting = require_meeting(ctx, meeting_id)
    unwanted = member.presence == "invited" and member.added_by is not None
    if unwanted and is_open(meeting.state) and leaving.may_decline(meeting, member):
        leaving.decline(ctx, meeting, member)
    else:
        leaving.depart(ctx, meeting, member)
