"""Who may enter a call at GetStream, and as whom."""

from ....domain.providers import GETSTREAM
from ....kernel.errors import Invalid, Unsupported
from ....providers.rooms.base import MediaRoom, Seat
from ....runtime.context import QueryCtx
from ....runtime.function import internal_query
from ....runtime.wire import Result
from ....schema.meetings import MeetingId
from ..._shared import rooms
from ..._shared.access import require_active, require_role
from ._answers import StreamUser

NAMELESS = "Guest"


class StreamSeat(Result, frozen=True, kw_only=True):
    """A place in a call, for the caller."""

    room: MediaRoom
    seat: Seat
    user: StreamUser


@internal_query
def grant_seat(ctx: QueryCtx, meeting_id: MeetingId) -> StreamSeat:
    """Returns the caller's place in the call of an active meeting that they have joined. Observers have none.

    Raises Unsupported when the room is not at GetStream, Invalid before joining.
    """
    user, member = require_role(ctx, meeting_id, "participant")
    ctx.alive(meeting_id, user.id)
    meeting = require_active(ctx, meeting_id)
    if meeting.provider != GETSTREAM:
        raise Unsupported(
            "The meeting's room is not at GetStream: ask getMeetingConnectionInfo where it is", meeting.provider
        )
    if member.presence != "joined":
        raise Invalid("Join the meeting first: call meetings/lifecycle:joinMeeting", "meetingId")
    name = user.display_name or NAMELESS
    return StreamSeat(
        room=rooms.media_room(meeting),
        seat=Seat(user_id=user.id, session_id="", name=name, host=member.role == "host"),
        user=StreamUser(id=user.id, name=name, image=user.avatar_url),
    )
