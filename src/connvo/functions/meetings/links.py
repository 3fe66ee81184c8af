"""Links: a host creates one, and any user who opens it becomes a participant. Beside the documented API."""

from connvo.kernel.errors import NOT_ACTIVE, Forbidden, Invalid, NotFound
from connvo.model import audiences
from connvo.model.access import REMOVED, require_meeting, require_permission, require_user
from connvo.model.audit import audit
from connvo.model.meetings import attendance, members
from connvo.model.meetings.links import drop_link, link_of, link_with, make_link
from connvo.model.membership import consent, joining, lobby, transitions
from connvo.model.users.change_rate import charge_rate_limit
from connvo.rules.monitoring.shedding import Priority
from connvo.runtime.context import MutationCtx, SharedCtx
from connvo.runtime.function import mutation, shared_query
from connvo.runtime.wire import Result
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.users import UserId

PRIORITY: Priority = "high"


class CreatedLink(Result, frozen=True, kw_only=True):
    """The code of a link. Any user who knows it can come in."""

    code: str


class AcceptedLink(Result, frozen=True, kw_only=True):
    """The meeting of a link. The caller is now a member or, while `waiting` is true, waits for a host."""

    meeting_id: MeetingId
    waiting: bool | None = None


@mutation
def create_link(ctx: MutationCtx, meeting_id: MeetingId) -> CreatedLink:
    """Return the link of a meeting, created if there is none. For hosts, until the meeting is over for good.

    Raises:
        InsufficientRole: The caller is not a host.
        Invalid: The meeting is over for good.
    """
    caller, _ = require_permission(ctx, meeting_id, "participants", "invite")
    meeting = require_meeting(ctx, meeting_id)
    if not members.takes_members(ctx, meeting):
        raise Invalid(f"{NOT_ACTIVE[meeting.state]}: it takes no new people", "meetingId", state=meeting.state)
    link = link_of(ctx, meeting_id)
    if link is None:
        charge_rate_limit(ctx, caller.id)
        link = make_link(ctx, meeting_id, caller.id)
        audit(ctx, "meeting.create_link", transitions.RESOURCE, meeting_id, caller.id)
    return CreatedLink(code=link.code)


@shared_query(audiences.members)
def get_link(ctx: SharedCtx[None], meeting_id: MeetingId) -> CreatedLink | None:
    """Return the current link of a meeting, or null. For members. Removing a member changes its code."""
    link = link_of(ctx, meeting_id)
    return None if link is None else CreatedLink(code=link.code)


@mutation
def revoke_link(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Revoke the link of a meeting, so that its code stops working. For hosts. Does nothing if there is no link."""
    caller, _ = require_permission(ctx, meeting_id, "participants", "invite")
    if drop_link(ctx, meeting_id):
        audit(ctx, "meeting.revoke_link", transitions.RESOURCE, meeting_id, caller.id)


@mutation
def accept_link(ctx: MutationCtx, code: str) -> AcceptedLink:
    """Make the caller a participant of the link's meeting. A member keeps their role.

    The caller takes no seat until they join. The link of a meeting that ended empty works while the meeting can be
    reopened. If the door is `ask`, the caller waits in the lobby: watch `meetings/door:getAdmission` for the answer.

    Raises:
        Conflict: The meeting has as many members, or its lobby as many users, as it can have.
        Forbidden: A host has removed or turned away the caller, or the door is closed; `reason` in the metadata says
            which.
        NotFound: The code is not valid.
    """
    caller = require_user(ctx)
    link = link_with(ctx, code)
    meeting = None if link is None else ctx.db.get(Meeting, link.meeting_id)
    if link is None or meeting is None or not members.takes_members(ctx, meeting):
        raise NotFound("Link")
    member = members.member_of(ctx, meeting.id, caller.id)
    if member is not None:
        consent.accept(ctx, member)
    else:
        if attendance.was_removed(ctx, meeting.id, caller.id):
            raise Forbidden(REMOVED, meetingId=meeting.id, userId=caller.id, reason="removed")
        _refuse_at_door(ctx, meeting, caller.id)
        if meeting.door == "ask":
            lobby.wait(ctx, meeting, caller.id)
            return AcceptedLink(meeting_id=meeting.id, waiting=True)
        consent.take_back_decline(ctx, meeting.id, caller.id)
        joining.add(ctx, meeting, caller.id, "participant")
        audit(ctx, "meeting.accept_link", transitions.RESOURCE, meeting.id, caller.id)
    return AcceptedLink(meeting_id=meeting.id)


def _refuse_at_door(ctx: MutationCtx, meeting: Meeting, user_id: UserId) -> None:
    held = lobby.request_of(ctx, meeting.id, user_id)
    if held is not None and held.state == "turned_away":
        raise Forbidden("A host has not let you in", meetingId=meeting.id, userId=user_id, reason="turned_away")
    if meeting.door == "closed":
        raise Forbidden("The meeting is closed to newcomers: ask a host to let you in", reason="closed")
