"""The door of a meeting: whether users who come by its link are admitted, wait for a host, or are refused.

It does not apply to members. Beside the documented API.
"""

from typing import Literal, TypeAlias

from connvo.kernel.errors import NOT_ACTIVE, Invalid, NotFound
from connvo.model import audiences
from connvo.model.access import require_meeting, require_permission, require_user
from connvo.model.audit import audit
from connvo.model.blocks import is_blocked
from connvo.model.meetings import attendance, members
from connvo.model.meetings.views import UserCard, card_of
from connvo.model.membership import consent, joining, lobby, transitions
from connvo.model.users.visibility import may_see
from connvo.rules.meeting_states import Door
from connvo.rules.monitoring.shedding import Priority
from connvo.runtime.context import MutationCtx, QueryCtx, SharedCtx
from connvo.runtime.function import mutation, query, shared_query
from connvo.runtime.wire import Result
from connvo.schema.lobby import LobbyRequest
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.users import User, UserId

PRIORITY: Priority = "high"

Admission: TypeAlias = Literal["member", "waiting", "turned_away", "removed", "closed", "none"]
KeptOutBy: TypeAlias = Literal["turned_away", "removed"]
MAX_KEPT_OUT = 200


class DoorView(Result, frozen=True, kw_only=True):
    """The state of the door. `waiting` is the number of users in the lobby; only hosts see it."""

    door: Door
    waiting: float | None = None


class WaitingUser(Result, frozen=True, kw_only=True):
    """A user who waits in the lobby. `created_at` in milliseconds."""

    user_id: UserId
    user: UserCard
    created_at: float


class KeptOutUser(Result, frozen=True, kw_only=True):
    """A user whom a host has turned away or removed, and who is not a member now. `at` in milliseconds."""

    user_id: UserId
    user: UserCard
    why: KeptOutBy
    at: float


class AdmissionView(Result, frozen=True, kw_only=True):
    """The caller's admission. `title` is set while the caller waits; `closed` means waiting at a door closed since."""

    state: Admission
    title: str | None = None


@shared_query(audiences.hosts_and_others)
def get_door(ctx: SharedCtx[bool], meeting_id: MeetingId) -> DoorView:
    """Return the state of a meeting's door. For members."""
    is_host = ctx.audience
    count = float(len(lobby.waiting(ctx, meeting_id))) if is_host else None
    return DoorView(door=require_meeting(ctx, meeting_id).door, waiting=count)


@mutation
def set_door(ctx: MutationCtx, meeting_id: MeetingId, door: Door) -> None:
    """Open or close the door, or make newcomers wait for a host. For hosts, until the meeting is over for good.

    Opening the door admits every waiting user, as far as there is room. Closing it keeps the lobby: a host can still
    admit a user who already waits.

    Raises:
        InsufficientRole: The caller is not a host.
        Invalid: The meeting is over for good.
    """
    caller, _ = require_permission(ctx, meeting_id, "participants", "manage")
    meeting = _require_taking(ctx, meeting_id)
    if meeting.door == door:
        return
    meeting = ctx.db.patch(meeting, door=door, updated_at=ctx.now)
    if door == "open":
        lobby.let_all_in(ctx, meeting)
    audit(ctx, "meeting.set_door", transitions.RESOURCE, meeting_id, caller.id, door=door)


@shared_query(audiences.hosts)
def list_waiting(ctx: SharedCtx[None], meeting_id: MeetingId) -> list[WaitingUser]:
    """Return the users in the lobby, the longest waiting first. For hosts."""
    found = [(one, ctx.db.get(User, one.user_id)) for one in lobby.waiting(ctx, meeting_id)]
    return [
        WaitingUser(user_id=one.user_id, user=card_of(user), created_at=one.created_at)
        for one, user in found
        if user is not None and user.is_active
    ]


@mutation
def admit(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Admit a user from the lobby. For hosts.

    Raises:
        Conflict: The meeting has as many members as it can have.
        InsufficientRole: The caller is not a host.
        Invalid: The meeting is over for good.
        NotFound: The user is not waiting.
    """
    caller, _ = require_permission(ctx, meeting_id, "participants", "manage")
    meeting = _require_taking(ctx, meeting_id)
    lobby.let_in(ctx, meeting, _require_request(ctx, meeting_id, user_id))
    audit(ctx, "meeting.admit", transitions.RESOURCE, meeting_id, caller.id, user_id=user_id)


@mutation
def turn_away(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Refuse a user in the lobby, now and on later tries by the link. For hosts; `letInAgain` reverses it.

    Raises:
        InsufficientRole: The caller is not a host.
        NotFound: The user is not waiting.
    """
    caller, _ = require_permission(ctx, meeting_id, "participants", "manage")
    ctx.db.patch(_require_request(ctx, meeting_id, user_id), state="turned_away")
    audit(ctx, "meeting.turn_away", transitions.RESOURCE, meeting_id, caller.id, user_id=user_id)


@query
def list_kept_out(ctx: QueryCtx, meeting_id: MeetingId) -> list[KeptOutUser]:
    """Return up to 200 users whom hosts have turned away or removed, the latest first. For hosts.

    A user who was only invited has no name here unless the caller may see their profile.
    """
    caller, _ = require_permission(ctx, meeting_id, "participants", "manage")
    removed = {one.user_id: one for one in attendance.all_of(ctx, meeting_id) if one.removed_at is not None}
    found: dict[UserId, tuple[float, KeptOutBy]] = {
        user_id: (one.removed_at or 0.0, "removed") for user_id, one in removed.items()
    }
    for one in lobby.turned_away(ctx, meeting_id):
        found.setdefault(one.user_id, (one.created_at, "turned_away"))
    views: list[KeptOutUser] = []
    for user_id, (when, why) in sorted(found.items(), key=lambda item: item[1][0], reverse=True)[:MAX_KEPT_OUT]:
        user = members.find_person(ctx, user_id)
        if user is not None and members.member_of(ctx, meeting_id, user_id) is None:
            came = why == "turned_away" or removed[user_id].came_at is not None
            card = card_of(user) if came or may_see(ctx, caller, user) else UserCard(id=user_id)
            views.append(KeptOutUser(user_id=user_id, user=card, why=why, at=when))
    return views


@mutation
def let_in_again(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Make a user who was turned away or removed a participant. For hosts.

    A user who was never in the call and did not come by the link is asked first, as by `addParticipant`; so is one who
    has blocked the caller.

    Raises:
        Conflict: The meeting has as many members as it can have; or as for `addParticipant`.
        InsufficientRole: The caller is not a host.
        Invalid: The meeting is over for good.
        NotFound: The user was neither turned away nor removed, or is a member again.
    """
    caller, _ = require_permission(ctx, meeting_id, "participants", "manage")
    meeting = _require_taking(ctx, meeting_id)
    person = members.find_person(ctx, user_id)
    request = lobby.request_of(ctx, meeting_id, user_id)
    turned_away = request is not None and request.state == "turned_away"
    is_out = members.member_of(ctx, meeting_id, user_id) is None
    if person is None or not is_out or not (turned_away or attendance.was_removed(ctx, meeting_id, user_id)):
        raise NotFound("Person who was turned away or removed", user_id)
    past = attendance.find(ctx, meeting_id, user_id)
    came = turned_away or (past is not None and past.came_at is not None)
    if came and not is_blocked(ctx, user_id, caller.id):
        joining.add(ctx, meeting, user_id, "participant")
        consent.take_back_decline(ctx, meeting_id, user_id)
    else:
        joining.add_by(ctx, meeting, caller, person, "participant")
    lobby.drop(ctx, meeting_id, user_id)
    audit(ctx, "meeting.let_in_again", transitions.RESOURCE, meeting_id, caller.id, user_id=user_id)


@query
def get_admission(ctx: QueryCtx, meeting_id: MeetingId) -> AdmissionView:
    """Return whether the caller is a member, waits, was turned away or was removed; `none` if nothing applies."""
    caller = require_user(ctx)
    if members.member_of(ctx, meeting_id, caller.id) is not None:
        return AdmissionView(state="member")
    if attendance.was_removed(ctx, meeting_id, caller.id):
        return AdmissionView(state="removed")
    request = lobby.request_of(ctx, meeting_id, caller.id)
    meeting = None if request is None else ctx.db.get(Meeting, meeting_id)
    if request is None or meeting is None:
        return AdmissionView(state="none")
    if request.state == "turned_away":
        return AdmissionView(state="turned_away")
    return AdmissionView(state="closed" if meeting.door == "closed" else "waiting", title=meeting.title)


@mutation
def stop_waiting(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Take the caller out of the lobby. Does nothing if the caller is not waiting."""
    caller = require_user(ctx)
    held = lobby.request_of(ctx, meeting_id, caller.id)
    if held is not None and held.state == "waiting":
        ctx.db.delete(held)


def _require_taking(ctx: MutationCtx, meeting_id: MeetingId) -> Meeting:
    meeting = require_meeting(ctx, meeting_id)
    if not members.takes_members(ctx, meeting):
        raise Invalid(f"{NOT_ACTIVE[meeting.state]}: it takes no new people", "meetingId", state=meeting.state)
    return meeting


def _require_request(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> LobbyRequest:
    request = lobby.request_of(ctx, meeting_id, user_id)
    if request is None or request.state != "waiting":
        raise NotFound("Waiting person", user_id)
    return request
