"""Connection details of a meeting's room: its id and ICE servers."""

from connvo.kernel.secret import Secret
from connvo.model.meetings.room_ids import room_id
from connvo.providers.turn import IceServer, StunServer, stun_servers
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.wire import Result
from connvo.schema.meetings import Meeting, Participant

from . import ice


class StartedRoom(Result, frozen=True, kw_only=True):
    """Connection details of a meeting that has just started; clients get credentials when they join."""

    room_id: str | None = None
    ice_servers: list[StunServer] | None = None


class RoomInfo(Result, frozen=True, kw_only=True):
    """Connection details of an active meeting; fields that its provider does not use are absent."""

    room_id: str | None = None
    ice_servers: list[IceServer] | None = None
    stream_token: Secret | None = None


def started_room(ctx: QueryCtx, meeting: Meeting) -> StartedRoom:
    """Return the room of a meeting that starts, without credentials: no member has joined yet."""
    servers = [StunServer(urls=server.urls) for server in stun_servers(ctx.settings.ice)]
    return StartedRoom(room_id=room_id(meeting), ice_servers=servers)


def room_info(ctx: MutationCtx, meeting: Meeting, member: Participant) -> RoomInfo:
    """Return the room of an active meeting, with TURN credentials unless the member is an observer.

    Raises:
        RateLimited: The member has requested credentials too often.
    """
    return RoomInfo(room_id=room_id(meeting), ice_servers=ice.mint(ctx, meeting, member))
