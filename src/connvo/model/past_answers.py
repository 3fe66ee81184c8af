"""Filters for results of past snapshots by the caller's present rights.

Each takes a past result and the arguments of its query, and removes the data that the caller may no longer see.
"""

from typing import Any, TypeVar

import msgspec

from connvo.runtime.context import QueryCtx
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.users import User, UserId

from .access import require_member, require_user
from .meetings.members import member_of
from .membership.invitations import find_open
from .users.visibility import may_see, shows_itself

Row = TypeVar("Row", bound=Any)


def own_meetings(ctx: QueryCtx, meetings: list[Row], **_asked: object) -> list[Row]:
    """Remove meetings that the caller no longer belongs to or is invited to."""
    caller = require_user(ctx)
    return [one for one in meetings if _may_read(ctx, caller, one.id)]


def own_page(ctx: QueryCtx, found: Row, **_asked: object) -> Row:
    """Remove meetings from a page that the caller no longer belongs to or is invited to."""
    return msgspec.structs.replace(found, page=own_meetings(ctx, found.page))


def own_invitations(ctx: QueryCtx, invitations: list[Row], **_asked: object) -> list[Row]:
    """Remove invitations to meetings that the caller may no longer see."""
    caller = require_user(ctx)
    return [one for one in invitations if _may_read(ctx, caller, one.meeting_id)]


def shown_members(ctx: QueryCtx, members: list[Row], meeting_id: MeetingId, **_asked: object) -> list[Row]:
    """Remove names and pictures of members who are no longer visible to the caller."""
    caller = require_user(ctx)
    bare = {"display_name": None, "avatar_url": None}
    return [
        one
        if _shows_itself(ctx, caller, meeting_id, one.user_id)
        else msgspec.structs.replace(one, user=msgspec.structs.replace(one.user, **bare))
        for one in members
    ]


def files_of_hosts(ctx: QueryCtx, recordings: list[Row], meeting_id: MeetingId, **_asked: object) -> list[Row]:
    """Remove the files of recordings if the caller is no longer a host."""
    _, member = require_member(ctx, meeting_id)
    if member.role == "host":
        return recordings
    return [msgspec.structs.replace(one, files=None) for one in recordings]


def _may_read(ctx: QueryCtx, caller: User, meeting_id: MeetingId) -> bool:
    return member_of(ctx, meeting_id, caller.id) is not None or find_open(ctx, caller, meeting_id) is not None


def _shows_itself(ctx: QueryCtx, caller: User, meeting_id: MeetingId, user_id: UserId) -> bool:
    person, meeting = ctx.db.get(User, user_id), ctx.db.get(Meeting, meeting_id)
    if person is None or meeting is None:
        return False
    member = member_of(ctx, meeting_id, user_id)
    return may_see(ctx, caller, person) if member is None else shows_itself(ctx, caller, meeting, member, person)
