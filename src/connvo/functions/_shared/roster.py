"""Who belongs to a meeting and who is in it: the ways in.

The cap holds on every way in. The meeting's `participant_count` equals its rows; `empty_since` is set exactly
while it is active with nobody joined.
"""

from ...domain import moving
from ...kernel.errors import Conflict, MeetingNotActive
from ...runtime.context import MutationCtx, QueryCtx
from ...schema.meetings import Meeting, MeetingId, Participant, Role
from ...schema.users import User, UserId
from . import health, moves, sightings, timeline


def member_of(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> Participant | None:
    """Returns a person's membership, or None."""
    return ctx.db.first(Participant, "by_meeting_user", meeting_id, user_id)


def members(ctx: QueryCtx, meeting_id: MeetingId) -> list[Participant]:
    """Returns every membership of a meeting, the oldest first; no more than its cap."""
    return ctx.db.scan(Participant, "by_meeting", meeting_id)


def find_person(ctx: QueryCtx, user_id: UserId) -> User | None:
    """Returns a user who can be added to meetings, or None for an unknown or deactivated one."""
    user = ctx.db.get(User, user_id)
    return user if user is not None and user.is_active else None


def is_full(meeting: Meeting) -> bool:
    """Returns whether nobody more can be added."""
    return meeting.participant_count >= meeting.cap


def full(meeting: Meeting) -> Conflict:
    """Returns the error for a meeting without a free place."""
    return Conflict(
        f"The meeting is full: it holds {meeting.cap} people. Remove somebody first",
        meetingId=meeting.id,
        cap=meeting.cap,
    )


def add(ctx: MutationCtx, meeting: Meeting, user_id: UserId, role: Role) -> tuple[Meeting, Participant]:
    """Makes a person an invited member; returns the meeting as it is now, and the membership.

    Raises Conflict when the meeting is full. The caller has checked that the meeting is open and that the person is
    no member yet.
    """
    if is_full(meeting):
        raise full(meeting)
    member = ctx.db.insert(
        Participant(
            meeting_id=meeting.id,
            user_id=user_id,
            role=role,
            presence="invited",
            meeting_state=meeting.state,
            meeting_created_at=meeting.created_at,
            created_at=ctx.now,
        )
    )
    meeting = ctx.db.patch(meeting, participant_count=meeting.participant_count + 1, updated_at=ctx.now)
    return meeting, member


def admit(ctx: MutationCtx, meeting: Meeting, member: Participant) -> Participant:
    """Brings a member into the running meeting, watched for signs of life from now on; returns the membership.

    Nothing happens to one who is in already. Raises MeetingNotActive, and Conflict when as many people are in as the
    cap, or for now the mesh, allows. A mesh that has become too large is about to move from here on.
    """
    if meeting.state != "active":
        raise MeetingNotActive(meeting.id, meeting.state)
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
