"""Visibility of profiles to other users."""

from typing import NamedTuple

from connvo.model.access import is_admin_of, organisation_of_admin
from connvo.model.blocks import is_blocked
from connvo.runtime.context import QueryCtx
from connvo.schema.meetings import Meeting, MeetingId, Participant
from connvo.schema.users import User, UserId

from .preferences import settings_of, shows_profile

MEETINGS_LOOKED_AT = 1000


def may_see(ctx: QueryCtx, caller: User, person: User) -> bool:
    """Return whether the caller may see a user's profile.

    A private profile is visible to its owner and to an admin of the same organisation. It is also visible to members
    of a meeting that the user has entered, organised or agreed to join, unless the user has blocked the caller. An
    invitation by a stranger reveals nothing. The latest `MEETINGS_LOOKED_AT` meetings of each count.
    """
    if caller.id == person.id or settings_of(ctx, person.id).profile_visibility or is_admin_of(ctx, person):
        return True
    return not is_blocked(ctx, person.id, caller.id) and _met(ctx, caller.id, person.id)


class Viewer(NamedTuple):
    """A member who looks at the members of a meeting.

    `user_id` is None where the members look the same to others, `admin_of` the organisation that they administrate.
    """

    user_id: UserId | None
    admin_of: str | None


def viewer_of(ctx: QueryCtx, caller: User, own: Participant) -> Viewer:
    """Return a member as a viewer of the members of a meeting.

    Only hosts add members, and only one who hides from the others sees more of themselves.
    """
    hides = not _has_agreed(own) and not settings_of(ctx, caller.id).profile_visibility
    return Viewer(caller.id if own.role == "host" or hides else None, organisation_of_admin(ctx))


def shows_itself(ctx: QueryCtx, viewer: Viewer, meeting: Meeting, member: Participant, person: User) -> bool:
    """Return whether another member of the same meeting may see a member's name.

    All members may see it once the member has entered, organised or agreed to join the meeting. For a member whom a
    host has added, the profile's own visibility applies; that host sees the name unless consent is pending.
    """
    if meeting.organizer_id == person.id or shows_to_all(ctx, member):
        return True
    if viewer.user_id is not None and viewer.user_id in (person.id, None if member.asked else member.added_by):
        return True
    return viewer.admin_of is not None and viewer.admin_of == person.org_id


def shows_to_all(ctx: QueryCtx, member: Participant) -> bool:
    """Return whether every member of the meeting may see a member's name."""
    if _has_agreed(member) or shows_profile(ctx, member.user_id):
        return True
    return _called_by(ctx, member.meeting_id, member.user_id)


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
