"""Admission to meetings: adding members and letting them join.

Guarantees:
    The numbers of members and of joined members stay within their limits.
    A meeting's `participant_count` equals its membership rows.
"""

from connvo.kernel.errors import Conflict, MeetingNotActive
from connvo.model import changes, embedding_tasks, heartbeats, provider_health
from connvo.model.audit import audit
from connvo.model.history import timeline
from connvo.model.meetings import attendance
from connvo.model.meetings.length import is_overtime
from connvo.model.meetings.members import crowded, full, is_crowded, joined_count, time_of
from connvo.model.notes import heads
from connvo.model.rooms import placement
from connvo.rules import room_placement
from connvo.runtime.context import MutationCtx
from connvo.schema.meetings import Meeting, Participant, Role
from connvo.schema.users import User, UserId

from . import consent


def begin(ctx: MutationCtx, meeting: Meeting) -> Meeting:
    """Make the organiser the host of a new meeting, and begin its notes; return the updated meeting."""
    heads.create(ctx, meeting.id)
    embedding_tasks.meeting_changed(ctx, meeting.id)
    meeting, _ = add(ctx, meeting, meeting.organizer_id, "host")
    return meeting


def add(
    ctx: MutationCtx, meeting: Meeting, user_id: UserId, role: Role, added_by: UserId | None = None
) -> tuple[Meeting, Participant]:
    """Make a user an invited member; return the updated meeting and the membership.

    The caller has checked that the meeting takes members and that the user is not a member.

    Raises:
        Conflict: The meeting has as many members as it can have.
    """
    if is_crowded(ctx, meeting):
        raise crowded(ctx, meeting)
    attendance.forget_removal(ctx, meeting.id, user_id)
    member = changes.insert(
        ctx,
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
        ),
    )
    meeting = ctx.db.patch(meeting, participant_count=meeting.participant_count + 1, updated_at=ctx.now)
    return meeting, member


def add_by(ctx: MutationCtx, meeting: Meeting, host: User, person: User, role: Role) -> tuple[Meeting, Participant]:
    """Add a member on behalf of a host and return as `add` does; a user the host does not know is asked first.

    Raises:
        Conflict: The meeting has as many members as it can have, the user has declined it, or the user has too many
            unanswered invitations of this host.
        RateLimited: The host has sent too many invitations lately.
    """
    if consent.has_declined_openly(ctx, meeting.id, person.id):
        raise consent.declined(meeting.id, person.id)
    asked = consent.must_ask(ctx, host, person) or consent.has_declined(ctx, meeting.id, person.id)
    # An acquaintance who is asked has blocked the host or declined by address. The host must not learn of it, so the
    # limits apply as to any other acquaintance: not at all.
    if asked and not consent.know_each_other(ctx, host, person):
        if consent.is_waiting_for_many(ctx, host.id, person.id):
            raise consent.unanswered(ctx)
        consent.charge_invitations(ctx, host.id, 1)
    meeting, member = add(ctx, meeting, person.id, role, added_by=host.id)
    audit(ctx, "meeting.add_participant", "meetings", meeting.id, host.id, user_id=person.id, role=role)
    return meeting, consent.ask(ctx, member, host.id) if asked else member


def admit(ctx: MutationCtx, meeting: Meeting, member: Participant) -> Participant:
    """Let a member join the running meeting and start their heartbeat; return the membership.

    A member who has already joined stays as they are. A mesh that becomes too large announces its move.

    Raises:
        MeetingNotActive: The meeting has not started, is over, or has reached its longest duration.
        Conflict: The meeting is full, or the mesh is full and no other provider is healthy.
    """
    if meeting.state != "active" or is_overtime(ctx, meeting):
        raise MeetingNotActive(meeting.id, "concluded" if meeting.state == "active" else meeting.state)
    if member.presence == "joined":
        return member
    joined = joined_count(ctx, meeting)
    if joined >= meeting.cap:
        raise full(meeting)
    limit = ctx.settings.meetings.mesh_participants
    if not room_placement.takes_more(meeting.provider, joined, limit, provider_health.healthy_providers(ctx)):
        raise Conflict(
            f"Only {limit} people can be in now, as the service for larger meetings does not answer: try again later",
            meetingId=meeting.id,
            cap=limit,
        )
    member = consent.accept(ctx, member)
    ctx.db.patch(meeting, empty_since=None)
    heartbeats.record(ctx, meeting.id, member.user_id)
    timeline.note(ctx, meeting, member.user_id, "joined")
    member = changes.patch(
        ctx,
        member,
        presence="joined",
        first_joined_at=ctx.now if member.first_joined_at is None else member.first_joined_at,
        joined_at=ctx.now,
        left_at=None,
    )
    placement.on_growth(ctx, meeting, joined + 1)
    return member
