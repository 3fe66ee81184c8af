"""Whose profile is open to whom."""

from connvo.model.access import is_admin_of
from connvo.model.blocks import is_blocked
from connvo.runtime.context import QueryCtx
from connvo.schema.meetings import Meeting, MeetingId, Participant
from connvo.schema.users import User, UserId

from .preferences import settings_of

MEETINGS_LOOKED_AT = 1000


def may_see(ctx: QueryCtx, caller: User, person: User) -> bool:
    """Return whether the caller may see who this person is.

    A private profile is open to its owner, to an admin of the same organisation, and to members of a meeting (among the
    last thousand of each) that the person has entered, called, or agreed to belong to, unless the person has blocked
    the caller: being invited by a stranger opens nothing.
    """
    if caller.id == person.id or settings_of(ctx, person.id).profile_visibility or is_admin_of(ctx, person):
        return True
    return not is_blocked(ctx, person.id, caller.id) and _met(ctx, caller.id, person.id)


def shows_itself(ctx: QueryCtx, caller: User, meeting: Meeting, member: Participant, person: User) -> bool:
    """Return whether a member's name is shown to another member of the same meeting.

    A member who has entered the meeting, called it or agreed to belong to it shows it to everybody there. Of one whom a
    host has added, others see what the profile shows to anybody; that host knows them, unless they were asked.
    """
    if member.first_joined_at is not None or member.accepted_at is not None or meeting.organizer_id == person.id:
        return True
    if member.added_by == caller.id and not member.asked:
        return True
    return caller.id == person.id or settings_of(ctx, person.id).profile_visibility or is_admin_of(ctx, person)


def _met(ctx: QueryCtx, caller_id: UserId, person_id: UserId) -> bool:
    mine = {member.meeting_id for member in _memberships(ctx, caller_id)}
    shared = [member for member in _memberships(ctx, person_id) if member.meeting_id in mine]
    return any(_has_agreed(member) or _called_by(ctx, member.meeting_id, person_id) for member in shared)


def _has_agreed(member: Participant) -> bool:
    return member.first_joined_at is not None or member.accepted_at is not None


def _memberships(ctx: QueryCtx, user_id: UserId) -> list[Participant]:
    return ctx.db.scan(Participant, "by_user", user_id, reverse=True, limit=MEETINGS_LOOKED_AT)


def _called_by(ctx: QueryCtx, meeting_id: MeetingId, person_id: UserId) -> bool:
    meeting = ctx.db.get(Meeting, meeting_id)
    return meeting is not None and meeting.organizer_id == person_id
