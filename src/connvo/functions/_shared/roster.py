"""Who belongs to a meeting and who is in it: the ways in.

The meeting's cap bounds how many people are in; those who are invited or have left take no seat. A setting bounds how
many belong to it. Its `participant_count` equals its rows.
"""

from ...domain import lifecycle, moving
from ...kernel.errors import Conflict, MeetingNotActive
from ...runtime.context import MutationCtx, QueryCtx
from ...schema.meetings import Meeting, MeetingId, Participant, Role
from ...schema.users import User, UserId
from . import attendance, consent, health, moves, sightings, timeline
from .length import is_overtime


def member_of(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> Participant | None:
    """Returns a person's membership, or None."""
    return ctx.db.first(Participant, "by_meeting_user", meeting_id, user_id)


def members(ctx: QueryCtx, meeting_id: MeetingId) -> list[Participant]:
    """Returns every membership of a meeting, the oldest first."""
    return ctx.db.scan(Participant, "by_meeting", meeting_id)


def hosts(ctx: QueryCtx, meeting_id: MeetingId) -> list[Participant]:
    """Return the hosts of a meeting who want to be, with an active account; the oldest membership first."""
    found = [member for member in members(ctx, meeting_id) if member.role == "host" and not member.asked]
    return [member for member in found if find_person(ctx, member.user_id) is not None]


def find_person(ctx: QueryCtx, user_id: UserId) -> User | None:
    """Returns a user who can be added to meetings, or None for an unknown or deactivated one."""
    user = ctx.db.get(User, user_id)
    return user if user is not None and user.is_active else None


def time_of(meeting: Meeting) -> float:
    """Return when a meeting started or is planned to start, in ms; without a plan, when it was created."""
    return next(at for at in (meeting.started_at, meeting.scheduled_at, meeting.created_at) if at is not None)


def is_reopenable(ctx: QueryCtx, meeting: Meeting) -> bool:
    """Return whether a meeting that is over can be opened again now."""
    return meeting.reopen_until is not None and lifecycle.can_reopen(meeting.state, meeting.reopen_until, ctx.now)


def takes_members(ctx: QueryCtx, meeting: Meeting) -> bool:
    """Return whether links and invitations lead into a meeting: it is open, or can be opened again."""
    return lifecycle.is_open(meeting.state) or is_reopenable(ctx, meeting)


def is_crowded(ctx: QueryCtx, meeting: Meeting, more: int = 1) -> bool:
    """Return whether so many more people would be too many to belong to a meeting."""
    return meeting.participant_count + more > ctx.settings.meetings.max_members


def crowded(ctx: QueryCtx, meeting: Meeting) -> Conflict:
    """Return the error for a meeting to which nobody can be added."""
    most = ctx.settings.meetings.max_members
    return Conflict(
        f"At most {most} people can belong to a meeting. A host can remove some of them first",
        meetingId=meeting.id,
        maxMembers=most,
    )


def full(meeting: Meeting) -> Conflict:
    """Return the error for a meeting without a free seat."""
    people = "1 person is" if meeting.cap == 1 else f"{meeting.cap} people are"
    return Conflict(f"The meeting is full: {people} in", meetingId=meeting.id, cap=meeting.cap)


def add(
    ctx: MutationCtx, meeting: Meeting, user_id: UserId, role: Role, added_by: UserId | None = None
) -> tuple[Meeting, Participant]:
    """Makes a person an invited member; returns the meeting as it is now, and the membership.

    The caller has checked that the meeting takes members and that the person is none yet.

    Raises:
        Conflict: As many people belong to the meeting as can.
    """
    if is_crowded(ctx, meeting):
        raise crowded(ctx, meeting)
    attendance.forget_removal(ctx, meeting.id, user_id)
    member = ctx.db.insert(
        Participant(
            meeting_id=meeting.id,
            user_id=user_id,
            role=role,
            presence="invited",
            added_by=added_by,
            accepted_at=ctx.now if added_by is None else None,
            meeting_state=meeting.state,
            meeting_created_at=meeting.created_at,
            meeting_at=time_of(meeting),
            created_at=ctx.now,
        )
    )
    meeting = ctx.db.patch(meeting, participant_count=meeting.participant_count + 1, updated_at=ctx.now)
    return meeting, member


def add_by(ctx: MutationCtx, meeting: Meeting, host: User, person: User, role: Role) -> tuple[Meeting, Participant]:
    """Make a person a member at a host's wish; return as `add` does. A person whom the host does not know is asked.

    Raises:
        Conflict: As for `add`; or the person has declined, or has not answered many invitations of this host.
        RateLimited: The host has invited too many people lately.
    """
    if consent.has_declined_openly(ctx, meeting.id, person.id):
        raise consent.declined(meeting.id, person.id)
    asked = consent.must_ask(ctx, host, person) or consent.has_declined(ctx, meeting.id, person.id)
    if asked:
        if consent.is_waiting_for_many(ctx, host.id, person.id):
            raise consent.unanswered(ctx)
        consent.charge_invitations(ctx, host.id, 1)
    meeting, member = add(ctx, meeting, person.id, role, added_by=host.id)
    return meeting, consent.ask(ctx, member, host.id) if asked else member


def admit(ctx: MutationCtx, meeting: Meeting, member: Participant) -> Participant:
    """Brings a member into the running meeting, watched for signs of life from now on; returns the membership.

    Nothing happens to one who is in already. Raises MeetingNotActive, and Conflict when as many people are in as the
    cap, or for now the mesh, allows. A mesh that has become too large is about to move from here on.
    """
    if meeting.state != "active" or is_overtime(ctx, meeting):
        raise MeetingNotActive(meeting.id, "concluded" if meeting.state == "active" else meeting.state)
    if member.presence == "joined":
        return member
    joined = joined_count(ctx, meeting)
    if joined >= meeting.cap:
        raise full(meeting)
    limit = ctx.settings.meetings.mesh_participants
    if not moving.takes_more(meeting.provider, joined, limit, health.healthy_providers(ctx)):
        raise Conflict(
            f"At most {limit} people can be in now: the service that carries larger meetings does not answer",
            meetingId=meeting.id,
            cap=limit,
        )
    member = consent.accept(ctx, member)
    ctx.db.patch(meeting, empty_since=None)
    sightings.see(ctx, meeting.id, member.user_id)
    timeline.note(ctx, meeting, member.user_id, "joined")
    member = ctx.db.patch(
        member,
        presence="joined",
        first_joined_at=ctx.now if member.first_joined_at is None else member.first_joined_at,
        joined_at=ctx.now,
        left_at=None,
    )
    moves.grown(ctx, meeting, joined + 1)
    return member


def joined_count(ctx: QueryCtx, meeting: Meeting) -> int:
    """Returns how many people are in, counting no further than the cap."""
    return ctx.db.count(Participant, "by_meeting_presence", meeting.id, "joined", limit=meeting.cap)
