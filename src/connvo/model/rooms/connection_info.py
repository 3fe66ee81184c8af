"""How to reach the other people in a meeting's room."""

from connvo.kernel.secret import Secret
from connvo.model.meetings.room_ids import room_id
from connvo.providers.turn import IceServer, StunServer, stun_servers
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.wire import Result
from connvo.schema.meetings import Meeting, Participant

from . import ice


class StartedRoom(Result, frozen=True, kw_only=True):
    """Where a client connects once the meeting has started; credentials come with joining."""

    room_id: str | None = None
    ice_servers: list[StunServer] | None = None


class RoomInfo(Result, frozen=True, kw_only=True):
    """Where a client connects; what the meeting's provider does not use is absent."""

    room_id: str | None = None
    ice_servers: list[IceServer] | None = None
    stream_token: Secret | None = None


def started_room(ctx: QueryCtx, meeting: Meeting) -> StartedRoom:
    """Return the room of a meeting that starts. No one has joined it yet, so there are no credentials."""
    servers = [StunServer(urls=server.urls) for server in stun_servers(ctx.settings.ice)]
    return StartedRoom(room_id=room_id(meeting), ice_servers=servers)


def room_info(ctx: MutationCtx, meeting: Meeting, member: Participant) -> RoomInfo:
    """Return the room of an active meeting, with TURN credentials for those who take part.

    Raises:
        RateLimited: the member has asked too often.
    """
    return RoomInfo(room_id=room_id(meeting), ice_servers=ice.mint(ctx, meeting, member))
