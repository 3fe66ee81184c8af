"""The room of a meeting, access to it at a provider, and the history of connections. Beside the documented API."""

from connvo.kernel.errors import NOT_ACTIVE, ServiceUnavailable
from connvo.model import audiences
from connvo.model.access import require_meeting, require_member, require_role
from connvo.model.failover.views import Recovery
from connvo.model.history import failures, timeline
from connvo.model.history.views import TimelineEntry
from connvo.model.rooms import placement, placement_row
from connvo.model.rooms.entry import Entry, begin_entry, find_entry, room_state
from connvo.model.rooms.views import MediaAccess, RoomAnnouncement, RoomState
from connvo.providers.rooms.base import Access, RoomError
from connvo.providers.rooms.factory import room_provider
from connvo.rules.monitoring.shedding import Priority
from connvo.runtime.context import ActionCtx, QueryCtx, SharedCtx
from connvo.runtime.function import action, shared_query
from connvo.schema.history import CallEvent, ConnectionFailure
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.rooms import RoomPlacement
from connvo.schema.users import UserId

PRIORITY: Priority = "critical"


@shared_query(audiences.present_members)
def get_room_state(ctx: SharedCtx[None], meeting_id: MeetingId) -> RoomState:
    """Return the provider and state of a meeting's room, with time and reason. For members.

    A move raises `generation`, for all members at the same timestamp. `announced` is set when the room is about to
    move. While the state is `opening` or `closed`, clients wait.
    """
    meeting = require_meeting(ctx, meeting_id)
    course = placement_row.placement_of(ctx, meeting_id)
    announced = None
    if course is not None and course.announced is not None:
        announced = RoomAnnouncement(
            provider=course.announced, at=course.announced_at, reason=course.announced_reason or ""
        )
    return RoomState(
        provider=meeting.provider,
        generation=meeting.generation,
        state=room_state(ctx, meeting),
        reason=NOT_ACTIVE[meeting.state] if course is None and meeting.state != "active" else _why(course),
        since=_since(meeting) if course is None else course.since,
        announced=announced,
    )


@shared_query(audiences.members)
def get_recoveries(ctx: SharedCtx[None], meeting_id: MeetingId) -> list[Recovery]:
    """Return the members who are being reconnected, with the advice on their last failure. For members.

    A member is listed from their failure until a session of theirs is connected, they leave, the room moves, or the
    failure expires.
    """
    meeting = require_meeting(ctx, meeting_id)
    return [_recovery(theirs) for theirs in failures.unrecovered(ctx, meeting).values()]


@action
async def enter_media_room(ctx: ActionCtx, meeting_id: MeetingId, session_id: str) -> MediaAccess:
    """Return the address and tokens with which an open session enters the room at its provider.

    For members who have joined. The room is opened if necessary. Tokens are valid while the caller is in the meeting.

    Raises:
        Invalid: The session is from before a move.
        ServiceUnavailable: The provider failed, or the room has moved; `reason` says which.
    """
    entry = await ctx.run_mutation(begin_entry, meeting_id=meeting_id, session_id=session_id)
    try:
        access = await _enter(ctx, entry)
    except RoomError as error:
        await ctx.run_mutation(
            placement.open_failed,
            meeting_id=meeting_id,
            generation=entry.generation,
            provider=entry.provider,
            reason=error.reason,
            message=error.message,
        )
        raise
    if entry.state == "opening":
        await ctx.run_mutation(placement.opened, meeting_id=meeting_id, generation=entry.generation)
    await _check_again(ctx, entry, meeting_id, session_id)
    return MediaAccess(
        provider=entry.provider,
        room_id=entry.room.room_id,
        generation=entry.generation,
        url=access.url,
        token=access.token,
        api_token=access.api_token,
        feed_id=access.feed_id,
        expires_at=access.expires_at,
        ice_servers=entry.ice_servers,
    )


def _user_asked_about(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId | None) -> UserId:
    """Return whose history a member may read and asks for."""
    caller, _ = require_member(ctx, meeting_id)
    if user_id is not None and user_id != caller.id:
        require_role(ctx, meeting_id, "host")
    return user_id or caller.id


@shared_query(_user_asked_about)
def get_timeline(ctx: SharedCtx[UserId], meeting_id: MeetingId, user_id: UserId | None = None) -> list[TimelineEntry]:
    """Return the history of a user's connection in a meeting, oldest first: by default the caller's. For members.

    Hosts may ask for any user's, former members included.

    Raises:
        InsufficientRole: The caller is not a host and asks for another user's.
    """
    return [_told(event) for event in timeline.events(ctx, meeting_id, ctx.audience)]


async def _enter(ctx: ActionCtx, entry: Entry) -> Access:
    provider = room_provider(ctx.settings, entry.provider)
    if entry.state == "opening":
        await provider.open(entry.room)
    return await provider.enter(entry.room, entry.member)


async def _check_again(ctx: ActionCtx, entry: Entry, meeting_id: MeetingId, session_id: str) -> None:
    """Apply changes made while the provider was asked: the member was removed, the role changed, the room moved."""
    try:
        now = await ctx.run_query(find_entry, meeting_id=meeting_id, session_id=session_id)
    except ServiceUnavailable:
        raise
    except Exception:
        # The seat is not confirmed after any error: remove the member from the room and report the error.
        await room_provider(ctx.settings, entry.provider).remove(entry.room, entry.member.user_id)
        raise
    if now.generation != entry.generation:
        raise ServiceUnavailable("The room has moved in the meantime: enter it again", reason="moved")
    if now.member.host != entry.member.host:
        await room_provider(ctx.settings, entry.provider).set_host(entry.room, now.member.user_id, now.member.host)


def _recovery(theirs: list[ConnectionFailure]) -> Recovery:
    last = theirs[-1]
    return Recovery(
        user_id=last.user_id,
        error_type=last.error_type,
        rung=last.rung,
        reason=last.reason,
        attempts=len(theirs),
        since=theirs[0].at,
        at=last.at,
        retry_at=last.at + last.pause_ms if last.pause_ms else None,
        retry_recommended=last.retry,
    )


def _why(course: RoomPlacement | None) -> str | None:
    return None if course is None else course.reason


def _since(meeting: Meeting) -> float:
    ended = meeting.ended_at or (meeting.updated_at if meeting.state == "cancelled" else None)
    return ended or meeting.started_at or meeting.created_at


def _told(event: CallEvent) -> TimelineEntry:
    return TimelineEntry.from_row(event, seconds_to_recover=event.seconds)
