"""The lifecycle of meetings, and their members.

The organiser creates a meeting as scheduled; a host starts, ends or cancels it. Members join and leave while it is
active. A meeting that ended because it was empty can be reopened for a while. The effects of each step are in
`model.membership`: `transitions`, `joining` and `leaving`.
"""

from typing import Literal

from connvo.kernel.errors import NOT_ACTIVE, Conflict, Forbidden, Invalid, NotFound, RateLimited
from connvo.model import access
from connvo.model.access import require_meeting, require_member, require_role, require_running, require_user
from connvo.model.audit import audit
from connvo.model.meetings import attendance, creation, length, links, members
from connvo.model.membership import entering, invitations, joining, leaving, transitions
from connvo.model.membership.views import (
    Added,
    AddedMany,
    AskedRole,
    ConnectionInfo,
    CreatedMeeting,
    Ended,
    Extended,
    Joined,
    Left,
    MeetingFeatures,
    NewMember,
    Skipped,
    Started,
)
from connvo.model.rooms import eviction
from connvo.model.rooms.connection_info import room_info, started_room
from connvo.providers.rooms.factory import available_providers
from connvo.rules import planning
from connvo.rules.capacity import MeetingKind, RoomRequest, choose
from connvo.rules.meeting_states import is_open
from connvo.rules.monitoring.shedding import Priority
from connvo.rules.providers import MESH
from connvo.runtime.context import MutationCtx
from connvo.runtime.function import mutation, unrecorded
from connvo.schema.meetings import Meeting, MeetingId, Participant, ParticipantId
from connvo.schema.users import UserId

PRIORITY: Priority = "high"

ADD_BATCH = 100
NO_CO_HOST = "co-host is not a role of its own here: add the person as host or as participant"


@mutation
def create_meeting(
    ctx: MutationCtx,
    title: str,
    organizer_id: UserId | None = None,
    description: str | None = None,
    scheduled_at: float | None = None,
    duration: float | None = None,
    participant_emails: list[str] | None = None,
    recording_enabled: bool | None = None,
    transcription_enabled: bool | None = None,
    max_participants: float | None = None,
    meeting_type: MeetingKind | None = None,
) -> CreatedMeeting:
    """Create a scheduled meeting with the caller as its organiser and host.

    `duration` and `scheduledAt` are in milliseconds. The participant limit is `maxParticipants`, lowered to what the
    provider can carry. Invited guests become members when they accept or join; the answer does not reveal whether an
    address has an account.

    Raises:
        Conflict: There are more guests than a meeting can have members, a guest has too many unanswered invitations
            from the caller, or the caller has too many meetings that have not started.
        Forbidden: `organizerId` is not the caller.
        Invalid: The title, a time, a length, an address or the number of participants is outside its limits.
        RateLimited: The caller has created too many meetings or sent too many invitations.
    """
    caller = require_user(ctx)
    creation.charge_meeting(ctx, caller.id)
    if organizer_id is not None and organizer_id != caller.id:
        raise Forbidden("You can create meetings only for yourself", organizerId=organizer_id)
    limits = ctx.settings.meetings
    people = planning.head_count(max_participants, limits.default_participants)
    choice = choose(
        RoomRequest(
            people=people, asked=max_participants is not None, kind=meeting_type, recording=bool(recording_enabled)
        ),
        available_providers(ctx.settings),
        limits.mesh_participants,
        limits.managed_participants,
    )
    meeting = ctx.db.insert(
        Meeting(
            organizer_id=caller.id,
            title=planning.title(title),
            description=planning.description(description),
            scheduled_at=planning.scheduled_at(scheduled_at, ctx.now),
            duration=planning.duration(duration),
            state="scheduled",
            provider=choice.provider,
            cap=choice.cap,
            recording_allowed=choice.recording,
            transcription_enabled=transcription_enabled is not False,
            created_at=ctx.now,
            updated_at=ctx.now,
        )
    )
    meeting = joining.begin(ctx, meeting)
    invitations.invite(ctx, meeting, planning.guests(participant_emails or []), caller)
    audit(ctx, "meeting.create", transitions.RESOURCE, meeting.id, caller.id, provider=meeting.provider)
    return CreatedMeeting(
        meeting_id=meeting.id,
        webrtc_ready=meeting.provider == MESH,
        video_provider=meeting.provider,
        features=_features(meeting),
    )


@mutation
def add_participant(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId, role: AskedRole) -> Added:
    """Add a user as an invited member, who takes no seat until they join. For hosts, while the meeting is open.

    A user whom the host knows neither from their organisation nor from a meeting is asked first. Until they accept,
    other members see only their public profile.

    Raises:
        Conflict: The meeting has as many members as it can have, the user has declined, or has too many unanswered
            invitations from the caller.
        Invalid: The user is a member already, the role is `co-host`, or the meeting is over.
        NotFound: There is no such user.
        RateLimited: The caller has sent too many invitations.
    """
    caller, _ = access.require_permission(ctx, meeting_id, "participants", "invite")
    meeting = _require_open(ctx, meeting_id)
    if role == "co-host":
        raise Invalid(NO_CO_HOST, "role")
    person = members.find_person(ctx, user_id)
    if person is None:
        raise NotFound("User", user_id)
    if members.member_of(ctx, meeting_id, user_id) is not None:
        raise Invalid("This person is a member of the meeting already", "userId", userId=user_id)
    _, member = joining.add_by(ctx, meeting, caller, person, role)
    return Added(participant_id=member.id, success=True)


@mutation
def add_multiple_participants(ctx: MutationCtx, meeting_id: MeetingId, participants: list[NewMember]) -> AddedMany:
    """Add up to 100 users as `addParticipant` does; report skipped ones with a reason. For hosts, while it is open."""
    caller, _ = access.require_permission(ctx, meeting_id, "participants", "invite")
    if len(participants) > ADD_BATCH:
        raise Invalid(f"At most {ADD_BATCH} people can be added at once", "participants")
    meeting = _require_open(ctx, meeting_id)
    added: list[ParticipantId] = []
    skipped: list[Skipped] = []
    seen: set[UserId] = set()
    for person in participants:
        user = members.find_person(ctx, person.user_id)
        reason = "repeated in the list" if person.user_id in seen else _why_not(ctx, meeting, person)
        seen.add(person.user_id)
        if user is None or reason is not None or person.role == "co-host":
            skipped.append(Skipped(user_id=person.user_id, reason=reason or NO_CO_HOST))
            continue
        try:
            meeting, member = joining.add_by(ctx, meeting, caller, user, person.role)
        except (Conflict, RateLimited) as refused:
            skipped.append(Skipped(user_id=person.user_id, reason=refused.message))
            continue
        added.append(member.id)
    return AddedMany(added=added, skipped=skipped, success=bool(added) or not participants)


@mutation
def remove_participant(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """End a user's membership and close their sessions in the meeting. For hosts, while the meeting is open.

    The meeting's link gets a new code, so that the user cannot return under another account. `meetings/door:letInAgain`
    reverses it.

    Raises:
        Forbidden: The user is the organiser.
        Invalid: The user is the only host, or the meeting is over.
        NotFound: The user is not a member.
    """
    caller, _ = access.require_permission(ctx, meeting_id, "participants", "remove")
    meeting = _require_open(ctx, meeting_id)
    member = _require_target(ctx, meeting_id, user_id)
    _protect(ctx, meeting, member, "removed")
    leaving.remove(ctx, meeting, member)
    attendance.note_removal(ctx, meeting_id, user_id)
    links.renew(ctx, meeting_id)
    audit(ctx, "meeting.remove_participant", transitions.RESOURCE, meeting_id, caller.id, user_id=user_id)


@mutation
def update_participant_role(
    ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId, new_role: Literal["host", "participant"]
) -> None:
    """Make a member host or participant, at once and at the media provider too. For hosts, while the meeting is open.

    Raises:
        Forbidden: The user is the organiser.
        Invalid: The user is the only host, or the meeting is over.
        NotFound: The user is not a member.
    """
    caller, _ = access.require_permission(ctx, meeting_id, "participants", "manage")
    meeting = _require_open(ctx, meeting_id)
    member = _require_target(ctx, meeting_id, user_id)
    if member.role == new_role:
        return
    if member.role == "host":
        _protect(ctx, meeting, member, "made a participant")
    members.change_role(ctx, member, new_role)
    eviction.change_role(ctx, meeting, member.user_id)
    audit(
        ctx,
        "meeting.change_role",
        transitions.RESOURCE,
        meeting_id,
        caller.id,
        user_id=user_id,
        old_role=member.role,
        new_role=new_role,
    )


@mutation
def start_meeting(ctx: MutationCtx, meeting_id: MeetingId) -> Started:
    """Start a scheduled meeting, or reopen one that ended empty and can still be reopened. For hosts.

    Raises:
        Invalid: The meeting is in another state.
    """
    caller, _ = require_role(ctx, meeting_id, "host")
    meeting = require_meeting(ctx, meeting_id)
    begin = transitions.reopen if members.is_reopenable(ctx, meeting) else transitions.start
    meeting = begin(ctx, meeting, caller.id)
    return Started(
        success=True,
        webrtc_ready=meeting.provider == MESH,
        video_provider=meeting.provider,
        room_info=started_room(ctx, meeting),
    )


@mutation
def reopen_meeting(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Reopen a meeting that ended because it was empty; an active one stays as it is. For hosts and participants.

    Raises:
        InsufficientRole: The caller is an observer.
        Invalid: The meeting is over for good or has not started.
    """
    caller, _ = require_role(ctx, meeting_id, "participant")
    meeting = require_meeting(ctx, meeting_id)
    if meeting.state != "active":
        transitions.reopen(ctx, meeting, caller.id)


@mutation
def extend_meeting(ctx: MutationCtx, meeting_id: MeetingId) -> Extended:
    """Extend an active meeting past its longest duration, by default to an hour from now. For hosts.

    Does nothing if the meeting would last longer anyway.

    Raises:
        Invalid: The meeting is not active, or has its longest extension already.
    """
    caller, _ = require_role(ctx, meeting_id, "host")
    ctx.heartbeat(meeting_id, caller.id)
    meeting = transitions.extend(ctx, require_running(ctx, meeting_id), caller.id)
    return Extended(ends_at=length.ends_at(ctx, meeting))


@mutation
def end_meeting(ctx: MutationCtx, meeting_id: MeetingId) -> Ended:
    """End a meeting for good: all members leave, all sessions close, and it cannot be reopened. For hosts.

    Raises:
        Invalid: The meeting is neither active nor reopenable.
    """
    caller, _ = require_role(ctx, meeting_id, "host")
    meeting = require_meeting(ctx, meeting_id)
    if members.is_reopenable(ctx, meeting):
        meeting = transitions.end_for_good(ctx, meeting, caller.id)
    else:
        meeting = transitions.end(ctx, meeting, caller.id, "ended_by_host")
    started_at, ended_at = meeting.started_at, meeting.ended_at
    lasted = None if started_at is None or ended_at is None else ended_at - started_at
    return Ended(success=True, duration=lasted)


@mutation
def cancel_meeting(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Cancel a scheduled meeting. For hosts.

    Raises:
        Invalid: The meeting is in another state.
    """
    caller, _ = require_role(ctx, meeting_id, "host")
    transitions.cancel(ctx, require_meeting(ctx, meeting_id), caller.id, "cancelled_by_host")


@unrecorded
@mutation
def get_meeting_connection_info(ctx: MutationCtx, meeting_id: MeetingId) -> ConnectionInfo:
    """Return the room and the ICE servers of an active meeting. For members, observers included.

    Hosts and participants who have joined get TURN credentials, at the rate limit of `getICEServers`. Other members get
    STUN servers only.

    Raises:
        Invalid: The meeting is not active.
    """
    caller, member = require_member(ctx, meeting_id)
    meeting = require_running(ctx, meeting_id)
    ctx.heartbeat(meeting_id, caller.id)
    return ConnectionInfo(
        success=True,
        video_provider=meeting.provider,
        connection_info=room_info(ctx, meeting, member),
        features=_features(meeting),
    )


@mutation
def join_meeting(ctx: MutationCtx, meeting_id: MeetingId) -> Joined:
    """Join an active meeting and take a seat in it. Joining twice has no further effect.

    Joining accepts an invitation. If the meeting ended empty and can be reopened, a host or participant reopens it by
    joining.

    Raises:
        Conflict: The meeting is full.
        Forbidden: The caller is neither a member nor invited.
        Invalid: The meeting is not active and cannot be reopened by the caller.
    """
    meeting = entering.join(ctx, meeting_id)
    return Joined(success=True, webrtc_ready=meeting.provider == MESH)


@mutation
def leave_meeting(ctx: MutationCtx, meeting_id: MeetingId) -> Left:
    """Leave a meeting and close the caller's sessions in it. Does nothing if the caller is not in it.

    A member whom a host added to an open meeting, and who has never joined, declines it for good.
    """
    entering.leave(ctx, meeting_id)
    return Left(success=True)


def _features(meeting: Meeting) -> MeetingFeatures:
    return MeetingFeatures(
        recording=meeting.recording_allowed,
        transcription=meeting.transcription_enabled,
        max_participants=meeting.cap,
    )


def _require_open(ctx: MutationCtx, meeting_id: MeetingId) -> Meeting:
    meeting = require_meeting(ctx, meeting_id)
    if not is_open(meeting.state):
        raise Invalid(
            f"{NOT_ACTIVE[meeting.state]}: its people can no longer be changed", "meetingId", state=meeting.state
        )
    return meeting


def _require_target(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> Participant:
    member = members.member_of(ctx, meeting_id, user_id)
    if member is None:
        raise NotFound("Participant", user_id)
    return member


def _protect(ctx: MutationCtx, meeting: Meeting, member: Participant, what: str) -> None:
    """Refuse a change that would leave the meeting without its organiser or without a host."""
    if member.role == "host" and not leaving.hosts_besides(ctx, member):
        raise Invalid(f"The only host of a meeting cannot be {what}: make another member host first", "userId")
    if member.user_id == meeting.organizer_id:
        raise Forbidden(f"The organiser of a meeting cannot be {what}", meetingId=meeting.id, userId=member.user_id)


def _why_not(ctx: MutationCtx, meeting: Meeting, person: NewMember) -> str | None:
    if members.find_person(ctx, person.user_id) is None:
        return "there is no such user"
    if members.member_of(ctx, meeting.id, person.user_id) is not None:
        return "a member already"
    if members.is_crowded(ctx, meeting):
        return f"at most {ctx.settings.meetings.max_members} people can belong to a meeting"
    return None
