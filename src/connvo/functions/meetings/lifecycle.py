"""The life of a meeting and the membership of its people.

A meeting is created scheduled, by its organiser; a host starts, ends or cancels it. Members join and leave while it
is active. One that ended because it was empty can be opened again for a while. What a step carries with it stands in
`transitions`, `roster` and `departure`.
"""

from typing import Literal

from connvo.kernel.errors import NOT_ACTIVE, Conflict, Forbidden, Invalid, NotFound, RateLimited
from connvo.model.access import require_meeting, require_member, require_role, require_running, require_user
from connvo.model.audit import audit
from connvo.model.meetings import attendance, creation, length, links, members
from connvo.model.membership import invitations, joining, leaving, transitions
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
from connvo.rules.providers import MESH
from connvo.runtime.context import MutationCtx
from connvo.runtime.function import mutation, unrecorded
from connvo.schema.meetings import Meeting, MeetingId, Participant, ParticipantId
from connvo.schema.users import UserId

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

    `duration` and `scheduled_at` are milliseconds. The cap is what was asked for, up to what the provider carries.
    Guests become members once they accept or join; until then nobody learns whether an address has an account.

    Raises:
        Forbidden: `organizer_id` is somebody else.
        Conflict: More people are invited than can belong to a meeting, too many invitations wait for one of them, or
            too many meetings of the caller have not started.
        RateLimited: The caller has created many meetings, or invited many people, lately.
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
    meeting, _ = joining.add(ctx, meeting, caller.id, "host")
    invitations.invite(ctx, meeting, planning.guests(participant_emails or []), caller)
    return CreatedMeeting(
        meeting_id=meeting.id,
        webrtc_ready=_webrtc_ready(meeting),
        video_provider=meeting.provider,
        features=_features(meeting),
    )


@mutation
def add_participant(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId, role: AskedRole) -> Added:
    """Make a person an invited member, which takes no seat yet. For hosts, while the meeting is open.

    A person whom the host does not know from their organisation or a meeting is asked first, and shows no more than
    their public profile meanwhile.

    Raises:
        Conflict: As many people belong to the meeting as can, the person has declined, or leaves many invitations of
            the caller unanswered.
        RateLimited: The caller has invited many people lately.
    """
    caller, _ = require_role(ctx, meeting_id, "host")
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
    """Add many people as `addParticipant` does, reporting who was skipped and why. For hosts, while it is open."""
    caller, _ = require_role(ctx, meeting_id, "host")
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
    """End a person's membership and everything they have open in the meeting. For hosts, while it is open.

    The meeting's link gets a new code, so that the person comes back under no name. `meetings/door:letInAgain` takes it
    back.

    The organiser and the only host stay: Forbidden and Invalid.
    """
    caller, _ = require_role(ctx, meeting_id, "host")
    meeting = _require_open(ctx, meeting_id)
    member = _require_target(ctx, meeting_id, user_id)
    _protect(ctx, meeting, member, "removed")
    leaving.remove(ctx, meeting, member)
    attendance.note_removal(ctx, meeting_id, user_id)
    links.renew_without(ctx, meeting_id, user_id)
    audit(ctx, "meeting.remove_participant", transitions.RESOURCE, meeting_id, caller.id, user_id=user_id)


@mutation
def update_participant_role(
    ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId, new_role: Literal["host", "participant"]
) -> None:
    """Make a member host or participant, at once and also where the media goes. For hosts, while the meeting is open.

    The organiser and the only host stay hosts: Forbidden and Invalid.
    """
    caller, _ = require_role(ctx, meeting_id, "host")
    meeting = _require_open(ctx, meeting_id)
    member = _require_target(ctx, meeting_id, user_id)
    if member.role == new_role:
        return
    if member.role == "host":
        _protect(ctx, meeting, member, "made a participant")
    ctx.db.patch(member, role=new_role)
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
    """Make a scheduled meeting active, or one that ended empty and can be opened again. For hosts.

    Raises:
        Invalid: In any other state.
    """
    caller, _ = require_role(ctx, meeting_id, "host")
    meeting = require_meeting(ctx, meeting_id)
    begin = transitions.reopen if members.is_reopenable(ctx, meeting) else transitions.start
    meeting = begin(ctx, meeting, caller.id)
    return Started(
        success=True,
        webrtc_ready=_webrtc_ready(meeting),
        video_provider=meeting.provider,
        room_info=started_room(ctx, meeting),
    )


@mutation
def reopen_meeting(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Make a meeting active again that ended because everybody had left. For hosts and participants.

    Nothing happens to an active one.

    Raises:
        Invalid: The meeting is over for good or has not started.
    """
    caller, _ = require_role(ctx, meeting_id, "participant")
    meeting = require_meeting(ctx, meeting_id)
    if meeting.state != "active":
        transitions.reopen(ctx, meeting, caller.id)


@mutation
def extend_meeting(ctx: MutationCtx, meeting_id: MeetingId) -> Extended:
    """Let an active meeting go on past its longest duration, an hour from now unless set otherwise. For hosts.

    Nothing happens to one that goes on for longer anyway.

    Raises:
        Invalid: It cannot go on for longer.
    """
    caller, _ = require_role(ctx, meeting_id, "host")
    ctx.heartbeat(meeting_id, caller.id)
    meeting = transitions.extend(ctx, require_running(ctx, meeting_id), caller.id)
    return Extended(ends_at=length.ends_at(ctx, meeting))


@mutation
def end_meeting(ctx: MutationCtx, meeting_id: MeetingId) -> Ended:
    """Conclude a meeting for good: everybody leaves, every session closes. For hosts.

    One that ended empty can be opened again no more.

    Raises:
        Invalid: Unless it is active or can be opened again.
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
        Invalid: In any other state.
    """
    caller, _ = require_role(ctx, meeting_id, "host")
    transitions.cancel(ctx, require_meeting(ctx, meeting_id), caller.id, "cancelled_by_host")


@unrecorded
@mutation
def get_meeting_connection_info(ctx: MutationCtx, meeting_id: MeetingId) -> ConnectionInfo:
    """Return the room and the ICE servers of an active meeting. For members, observers too.

    Those who have joined and are no observers get TURN credentials of their own, as often as from `getICEServers`; the
    others get the STUN servers.
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
    """Take the caller's seat in the active meeting; joining twice is the same as once.

    Joining accepts an invitation. Who takes part opens a meeting that ended empty again.

    Raises:
        Conflict: As many people are in as can be.
    """
    invitations.accept(ctx, meeting_id, require_user(ctx))
    caller, member = require_member(ctx, meeting_id)
    meeting = require_meeting(ctx, meeting_id)
    if member.role != "observer" and members.is_reopenable(ctx, meeting):
        transitions.reopen(ctx, meeting, caller.id)
    joining.admit(ctx, require_running(ctx, meeting_id), member)
    ctx.heartbeat(meeting_id, caller.id)
    return Joined(success=True, webrtc_ready=_webrtc_ready(meeting))


@mutation
def leave_meeting(ctx: MutationCtx, meeting_id: MeetingId) -> Left:
    """Take the caller out and close their sessions.

    One whom a host added and who was never in belongs to the open meeting no more, for good. Nothing else happens to
    those who are not in.
    """
    _, member = require_member(ctx, meeting_id)
    meeting = require_meeting(ctx, meeting_id)
    unwanted = member.presence == "invited" and member.added_by is not None
    if unwanted and is_open(meeting.state) and leaving.may_decline(meeting, member):
        leaving.decline(ctx, meeting, member)
    else:
        leaving.depart(ctx, meeting, member)
    return Left(success=True)


def _webrtc_ready(meeting: Meeting) -> bool:
    return meeting.provider == MESH


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
    """Refuse what would take the organiser, or the last host, away from the meeting."""
    if member.role == "host" and not leaving.hosts_besides(ctx, member):
        raise Invalid(f"The only host of a meeting cannot be {what}: make somebody else host first", "userId")
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
