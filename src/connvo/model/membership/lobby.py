"""The lobby: users who came by a link and wait for a host, while the meeting's door is set to `ask`."""

from connvo.kernel.errors import Conflict
from connvo.model.meetings import members
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.lobby import LobbyRequest
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.users import UserId

from . import consent, joining

# More than come to any meeting at once; it bounds a flood of accounts.
MAX_WAITING = 200


def request_of(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> LobbyRequest | None:
    """Return a user's request to be let into a meeting, or None."""
    return ctx.db.first(LobbyRequest, "by_member", meeting_id, user_id)


def waiting(ctx: QueryCtx, meeting_id: MeetingId) -> list[LobbyRequest]:
    """Return the waiting requests, the oldest first."""
    found = [one for one in ctx.db.scan(LobbyRequest, "by_member", meeting_id) if one.state == "waiting"]
    return sorted(found, key=lambda one: one.created_at)


def turned_away(ctx: QueryCtx, meeting_id: MeetingId) -> list[LobbyRequest]:
    """Return the requests that hosts have turned away."""
    return [one for one in ctx.db.scan(LobbyRequest, "by_member", meeting_id) if one.state == "turned_away"]


def wait(ctx: MutationCtx, meeting: Meeting, user_id: UserId) -> None:
    """Put a user into the lobby. Does nothing if they have a request already.

    Raises:
        Conflict: The lobby is full.
    """
    if request_of(ctx, meeting.id, user_id) is not None:
        return
    if len(waiting(ctx, meeting.id)) >= MAX_WAITING:
        raise Conflict("The lobby is full: try again later", meetingId=meeting.id, limit=MAX_WAITING)
    ctx.db.insert(LobbyRequest(meeting_id=meeting.id, user_id=user_id, created_at=ctx.now))


def let_in(ctx: MutationCtx, meeting: Meeting, request: LobbyRequest) -> Meeting:
    """Make a waiting user a participant; return the meeting.

    Raises:
        Conflict: The meeting has as many members as it can have.
    """
    if members.member_of(ctx, meeting.id, request.user_id) is None:
        meeting, _ = joining.add(ctx, meeting, request.user_id, "participant")
        consent.take_back_decline(ctx, meeting.id, request.user_id)
    ctx.db.delete(request)
    return meeting


def let_all_in(ctx: MutationCtx, meeting: Meeting) -> None:
    """Make all waiting users participants, as far as the limit of members allows."""
    for request in waiting(ctx, meeting.id):
        if members.is_crowded(ctx, meeting):
            return
        meeting = let_in(ctx, meeting, request)


def drop(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Delete a user's request, if there is one."""
    held = request_of(ctx, meeting_id, user_id)
    if held is not None:
        ctx.db.delete(held)


def drop_all(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Delete every request of a meeting that cannot reopen."""
    for held in ctx.db.scan(LobbyRequest, "by_member", meeting_id):
        ctx.db.delete(held)
