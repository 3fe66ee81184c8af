"""Reads of meetings by their members."""

from functools import partial
from typing import Annotated, Any, Literal, NamedTuple

from connvo.model.access import require_meeting, require_member, require_user
from connvo.model.meetings import length, members
from connvo.model.meetings.views import UserCard, card_of
from connvo.model.membership import agenda, transitions
from connvo.model.membership.invitations import find_open
from connvo.model.pagination import PaginationOpts, page_size
from connvo.model.past_answers import own_meetings, own_page, shown_members
from connvo.model.signalling.sessions import live_session_count, sessions_of
from connvo.model.users.visibility import Viewer, shows_itself, viewer_of
from connvo.rules.monitoring.shedding import Priority
from connvo.rules.providers import MESH
from connvo.runtime.context import QueryCtx, SharedCtx
from connvo.runtime.function import paced, query, rechecked, shared_query
from connvo.runtime.normalization import Clamped
from connvo.runtime.wire import Result
from connvo.schema.meetings import (
    EndReason,
    Meeting,
    MeetingId,
    MeetingState,
    Participant,
    ParticipantId,
    Presence,
    Role,
)
from connvo.schema.sessions import SessionState
from connvo.schema.users import User, UserId

PRIORITY: Priority = "high"

MS = 1000.0
LIST_LIMIT = Clamped(1, 100, default=50)
INVITATIONS_AMONG_MEETINGS = 10
# Most entries of the list of upcoming meetings.
MAX_UPCOMING = 100
# A meeting not started this long after its planned time is listed after the upcoming ones.
LAPSED_AFTER_MS = 24 * 3_600_000.0


class MeetingView(Result, frozen=True, kw_only=True):
    """A meeting as one of its members sees it. Times and durations in milliseconds."""

    id: MeetingId
    creation_time: float
    organizer_id: UserId
    title: str
    description: str | None = None
    scheduled_at: float | None = None
    duration: float | None = None
    webrtc_enabled: bool | None = None
    stream_room_id: str | None = None
    state: MeetingState
    participant_count: float | None = None
    average_rating: float | None = None
    created_at: float
    updated_at: float
    user_role: Role
    user_presence: Presence
    active_webrtc_sessions: float


class MeetingItem(Result, frozen=True, kw_only=True):
    """A meeting in a list of the caller's meetings."""

    id: MeetingId
    organizer_id: UserId
    title: str
    description: str | None = None
    scheduled_at: float | None = None
    duration: float | None = None
    state: MeetingState
    participant_count: float | None = None
    created_at: float
    updated_at: float
    user_role: Role
    user_presence: Presence


class ListedMeeting(MeetingItem, frozen=True, kw_only=True):
    """A meeting in a list by time. A meeting that ended empty can be reopened until `reopenable_until`."""

    started_at: float | None = None
    ended_at: float | None = None
    reopenable_until: float | None = None


class ListedMeetings(Result, frozen=True, kw_only=True):
    """A page of meetings; `continue_cursor` is null after the last one. A page that has grown can be split."""

    page: list[ListedMeeting]
    is_done: bool
    continue_cursor: str | None
    split_cursor: str | None = None


class MeetingEnd(Result, frozen=True, kw_only=True):
    """The latest start of a meeting, and its end, planned or past. Times in milliseconds.

    While the meeting is active, `ends_at` is when its longest duration ends it, `warn_at` when to warn participants,
    and `can_extend` whether a host can extend it. Afterwards `ended_at` and `end_reason` are set, and
    `reopenable_until` while the caller can reopen it.
    """

    state: MeetingState
    started_at: float | None = None
    ends_at: float | None = None
    warn_at: float | None = None
    can_extend: bool
    ended_at: float | None = None
    end_reason: EndReason | None = None
    reopenable_until: float | None = None


class ParticipantView(Result, frozen=True, kw_only=True):
    """A member and the state of their connection."""

    id: ParticipantId
    creation_time: float
    meeting_id: MeetingId
    user_id: UserId
    role: Role
    joined_at: float | None = None
    left_at: float | None = None
    presence: Presence
    created_at: float
    user: UserCard
    webrtc_connected: bool
    webrtc_session_count: float


class Standing(NamedTuple):
    """The caller's own part of a meeting."""

    role: Role
    presence: Presence


def _standing(ctx: QueryCtx, meeting_id: MeetingId) -> Standing:
    """Return the role and presence of a member, or of the owner of an invited address."""
    caller = require_user(ctx)
    if members.member_of(ctx, meeting_id, caller.id) is None and find_open(ctx, caller, meeting_id) is not None:
        meeting = ctx.db.get(Meeting, meeting_id)
        if meeting is not None and meeting.state == "active":
            ctx.heartbeat(meeting_id, caller.id)
        return Standing("participant", "invited")
    _, member = require_member(ctx, meeting_id)
    if member.meeting_state == "active":
        ctx.heartbeat(meeting_id, caller.id)
    return Standing(member.role, member.presence)


def _viewer(ctx: QueryCtx, meeting_id: MeetingId) -> Viewer:
    """Return a member as a viewer of the other members; if they are in the call, this is a heartbeat."""
    caller, own = require_member(ctx, meeting_id)
    if own.presence == "joined":
        ctx.heartbeat(meeting_id, caller.id)
    return viewer_of(ctx, caller, own)


def _is_observer(ctx: QueryCtx, meeting_id: MeetingId) -> bool:
    _, member = require_member(ctx, meeting_id)
    return member.role == "observer"


@paced
@shared_query(_standing)
def get_meeting(ctx: SharedCtx[Standing], meeting_id: MeetingId) -> MeetingView | None:
    """Return a meeting with the caller's role and presence and the number of live sessions; null if there is none.

    For members, and for the owner of an invited address.

    Raises:
        Forbidden: The caller is neither a member nor invited.
    """
    meeting = ctx.db.get(Meeting, meeting_id)
    if meeting is None:
        return None
    return MeetingView.from_row(
        meeting,
        webrtc_enabled=meeting.provider == MESH,
        stream_room_id=meeting.room_id,
        user_role=ctx.audience.role,
        user_presence=ctx.audience.presence,
        active_webrtc_sessions=live_session_count(ctx, meeting_id),
    )


@shared_query(_standing)
def get_own_meeting(ctx: SharedCtx[Standing], meeting_id: MeetingId) -> MeetingItem | None:
    """Return a meeting with the caller's role and presence; null if there is none. No change of a session touches it.

    For members, and for the owner of an invited address.

    Raises:
        Forbidden: The caller is neither a member nor invited.
    """
    meeting = ctx.db.get(Meeting, meeting_id)
    return None if meeting is None else MeetingItem(**_facts(meeting, ctx.audience.role, ctx.audience.presence))


@shared_query(_is_observer)
def get_meeting_end(ctx: SharedCtx[bool], meeting_id: MeetingId) -> MeetingEnd:
    """Return when a meeting started and when it will end, or how it ended and until when it can be reopened.

    For members.
    """
    is_observer = ctx.audience
    meeting = require_meeting(ctx, meeting_id)
    if meeting.state == "active":
        ends_at = length.ends_at(ctx, meeting)
        warn_at = ends_at - ctx.settings.meetings.end_warning_seconds * MS
        can_extend = transitions.can_extend(ctx, meeting)
        return MeetingEnd(
            state=meeting.state,
            started_at=meeting.started_at,
            ends_at=ends_at,
            warn_at=warn_at,
            can_extend=can_extend,
        )
    return MeetingEnd(
        state=meeting.state,
        started_at=meeting.started_at,
        can_extend=False,
        ended_at=meeting.ended_at,
        end_reason=meeting.end_reason,
        reopenable_until=None if is_observer else meeting.reopen_until,
    )


@rechecked(own_meetings)
@query
def list_user_meetings(
    ctx: QueryCtx, state: MeetingState | None = None, limit: Annotated[float | None, LIST_LIMIT] = None
) -> list[MeetingItem]:
    """Return the caller's meetings, newest first, of one state or all: 50 by default, 100 at most.

    The list includes the ten newest unanswered invitations; `meetings/invitations:listInvitations` returns all.

    Raises:
        Invalid: `limit` is not finite.
    """
    caller = require_user(ctx)
    most = LIST_LIMIT.whole(limit, "limit")
    if state is None:
        mine = agenda.agreed(ctx, caller.id, "by_user", limit=most, reverse=True)
    else:
        mine = agenda.agreed(ctx, caller.id, "by_user_state", state, limit=most, reverse=True)
    found = [_item(*one) for one in _with_meetings(ctx, mine)]
    waiting = [one for one in agenda.waiting(ctx, caller) if state in (None, one.meeting.state)]
    found += [MeetingItem(**_facts(one.meeting, one.role, "invited")) for one in waiting[:INVITATIONS_AMONG_MEETINGS]]
    return sorted(found, key=lambda one: one.created_at, reverse=True)[:most]


@rechecked(own_meetings)
@query
def list_upcoming_meetings(ctx: QueryCtx) -> list[ListedMeeting]:
    """Return up to 100 meetings of the caller that are not over: active ones first, then planned ones, soonest first.

    A cancelled meeting stays in the list until its planned time has passed. Meetings not started within a day of their
    planned time come last, newest first. A meeting without a planned time counts from its creation. Unanswered
    invitations are left out.
    """
    caller = require_user(ctx)
    now, lapsed_by = ctx.now, ctx.now - LAPSED_AFTER_MS
    mine = partial(agenda.agreed, ctx, caller.id, "by_user_time", limit=MAX_UPCOMING)
    running = _with_meetings(ctx, mine("active", reverse=True))
    unplaced = mine("scheduled", None)  # rows written by older versions
    planned = _with_meetings(ctx, [*mine("scheduled", since=lapsed_by), *mine("cancelled", since=now), *unplaced])
    planned.sort(key=_time)
    to_come = [one for one in planned if _time(one) >= lapsed_by]
    lapsed = _with_meetings(ctx, mine("scheduled", before=lapsed_by, reverse=True))
    lapsed += [one for one in planned if _time(one) < lapsed_by]
    lapsed.sort(key=_time, reverse=True)
    return [_listing(*one) for one in [*running, *to_come, *lapsed][:MAX_UPCOMING]]


@rechecked(own_page)
@query
def list_past_meetings(
    ctx: QueryCtx, pagination_opts: PaginationOpts, state: Literal["concluded", "cancelled"] | None = None
) -> ListedMeetings:
    """Return a page of the caller's meetings that have ended, or were cancelled, the latest first.

    A page has 1 to 100 meetings.

    Raises:
        Invalid: The cursor belongs to another query.
    """
    caller = require_user(ctx)
    found = ctx.db.paginate(
        Participant,
        "by_user_time",
        caller.id,
        state or "concluded",
        cursor=pagination_opts.cursor,
        size=page_size(pagination_opts),
        reverse=True,
        end=pagination_opts.end_cursor,
    )
    return ListedMeetings(
        page=[_listing(*one) for one in _with_meetings(ctx, [one for one in found.items if not one.asked])],
        is_done=found.done,
        continue_cursor=None if found.done else found.cursor,
        split_cursor=found.split,
    )


@rechecked(shown_members)
@paced
@shared_query(_viewer)
def list_meeting_participants(ctx: SharedCtx[Viewer], meeting_id: MeetingId) -> list[ParticipantView]:
    """Return the members, the longest-standing first, with their profile card and live sessions. For members.

    A member who has neither joined nor accepted shows no more than their public profile.
    """
    meeting = require_meeting(ctx, meeting_id)
    states: dict[UserId, list[SessionState]] = {}
    for session in sessions_of(ctx, meeting_id):
        states.setdefault(session.user_id, []).append(session.state)
    views: list[ParticipantView] = []
    for member in members.members(ctx, meeting_id):
        user = ctx.db.get(User, member.user_id)
        if user is None:
            continue
        theirs = states.get(member.user_id, [])
        views.append(
            ParticipantView(
                id=member.id,
                creation_time=member.creation_time,
                meeting_id=member.meeting_id,
                user_id=member.user_id,
                role=member.role,
                joined_at=member.joined_at,
                left_at=member.left_at,
                presence=member.presence,
                created_at=member.created_at,
                user=card_of(user) if shows_itself(ctx, ctx.audience, meeting, member, user) else UserCard(id=user.id),
                webrtc_connected="connected" in theirs,
                webrtc_session_count=len(theirs),
            )
        )
    return views


def _with_meetings(ctx: QueryCtx, memberships: list[Participant]) -> list[tuple[Meeting, Participant]]:
    found = [(ctx.db.get(Meeting, member.meeting_id), member) for member in memberships]
    return [(meeting, member) for meeting, member in found if meeting is not None]


def _time(one: tuple[Meeting, Participant]) -> float:
    return members.time_of(one[0])


def _listing(meeting: Meeting, member: Participant) -> ListedMeeting:
    facts = _facts(meeting, member.role, member.presence)
    facts |= {"started_at": meeting.started_at, "ended_at": meeting.ended_at, "reopenable_until": meeting.reopen_until}
    return ListedMeeting(**facts)


def _item(meeting: Meeting, member: Participant) -> MeetingItem:
    return MeetingItem(**_facts(meeting, member.role, member.presence))


def _facts(meeting: Meeting, role: Role, presence: Presence) -> dict[str, Any]:
    return {
        "id": meeting.id,
        "organizer_id": meeting.organizer_id,
        "title": meeting.title,
        "description": meeting.description,
        "scheduled_at": meeting.scheduled_at,
        "duration": meeting.duration,
        "state": meeting.state,
        "participant_count": meeting.participant_count,
        "created_at": meeting.created_at,
        "updated_at": meeting.updated_at,
        "user_role": role,
        "user_presence": presence,
    }
