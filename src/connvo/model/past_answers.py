"""Filters for results of past snapshots by the caller's present rights.

Each takes a past result and the arguments of its query, and removes the data that the caller may no longer see.
"""

from typing import Any, TypeVar

import msgspec

from connvo.runtime.context import QueryCtx
from connvo.schema.embeddings import Embedding
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.prompts import Prompt
from connvo.schema.subscriptions import Subscription
from connvo.schema.users import User, UserId

from .access import organisation_of_admin, require_meeting, require_member, require_user
from .embeddings import scopes
from .meetings.members import member_of
from .membership.invitations import find_open
from .prompts.views import may_see as may_see_prompt
from .realtime.members import shown_to as members_shown_to
from .realtime.registrations import current_permissions
from .users.visibility import Viewer, may_see, shows_itself, shows_to_all

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


def own_hits(ctx: QueryCtx, found: Row, **_asked: object) -> Row:
    """Remove hits in meetings that the caller no longer belongs to."""
    caller = require_user(ctx)
    places = {one.meeting_id for one in found.page}
    own = {place for place in places if member_of(ctx, place, caller.id) is not None}
    return msgspec.structs.replace(found, page=[one for one in found.page if one.meeting_id in own])


def own_embeddings(ctx: QueryCtx, found: list[Row], **_asked: object) -> list[Row]:
    """Remove vectors that the caller may no longer read."""
    caller = scopes.reader(ctx)
    return [one for one in found if _may_read_vector(ctx, caller, one.embedding.id)]


def own_embedding_page(ctx: QueryCtx, found: Row, **_asked: object) -> Row:
    """Remove vectors from a page that the caller may no longer read."""
    caller = scopes.reader(ctx)
    return msgspec.structs.replace(found, page=[one for one in found.page if _may_read_vector(ctx, caller, one.id)])


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


def shown_subscribers(ctx: QueryCtx, found: Row, meeting_id: MeetingId, **_asked: object) -> Row:
    """Remove names, pictures and addresses of members who are no longer visible to the caller."""
    caller, own = require_member(ctx, meeting_id)
    now = {one.user_id: one.user for one in members_shown_to(ctx, require_meeting(ctx, meeting_id), caller, own)}
    kept = [
        msgspec.structs.replace(one, user=_least(one.user, now[one.user_id]))
        for one in found.participants
        if one.user_id in now
    ]
    return msgspec.structs.replace(found, participants=kept)


def own_registrations(ctx: QueryCtx, found: Row, **_asked: object) -> Row:
    """Remove registrations for resources that the caller may no longer read."""
    user = require_user(ctx)
    rows = ctx.db.scan(Subscription, "by_user", user.id)
    readable = {row.subscription_id for row in rows if current_permissions(ctx, row)}
    kept = [one for one in found.performance_stats if one.subscription_id in readable]
    return msgspec.structs.replace(found, performance_stats=kept)


def own_subscription_metrics(ctx: QueryCtx, found: Row, **_asked: object) -> Row:
    """Remove registrations for resources that the caller may no longer read."""
    user = require_user(ctx)
    rows = ctx.db.scan(Subscription, "by_user", user.id)
    readable = {row.subscription_id for row in rows if current_permissions(ctx, row)}
    kept = [one for one in found.subscriptions if one.subscription_id in readable]
    return msgspec.structs.replace(found, subscriptions=kept)


def _least(then: Row, now: Row) -> Row:
    """Return what a card showed then, without what it does not show now."""
    hidden: dict[str, str | None] = {"display_name": None} if now.display_name is None else {}
    hidden |= {"avatar_url": None} if now.avatar_url is None else {}
    hidden |= {"email": ""} if not now.email else {}
    return msgspec.structs.replace(then, **hidden)


def shown_roster(ctx: QueryCtx, changes: Row, meeting_id: MeetingId, **_asked: object) -> Row:
    """Remove names and pictures of members from a roster that are no longer visible to all members."""
    bare = {"display_name": None, "avatar_url": None}
    return msgspec.structs.replace(
        changes,
        members=[
            one if _shows_to_all(ctx, meeting_id, one.user_id) else msgspec.structs.replace(one, **bare)
            for one in changes.members
        ],
    )


def shown_cards(ctx: QueryCtx, cards: list[Row], meeting_id: MeetingId, **_asked: object) -> list[Row]:
    """Remove the cards of members who are no longer visible to the caller."""
    caller = require_user(ctx)
    return [one for one in cards if _shows_itself(ctx, caller, meeting_id, one.id)]


def files_of_hosts(ctx: QueryCtx, recordings: list[Row], meeting_id: MeetingId, **_asked: object) -> list[Row]:
    """Remove the files of recordings if the caller is no longer a host."""
    _, member = require_member(ctx, meeting_id)
    if member.role == "host":
        return recordings
    return [msgspec.structs.replace(one, files=None) for one in recordings]


def shown_prompts(ctx: QueryCtx, prompts: list[Row], meeting_id: MeetingId, **_asked: object) -> list[Row]:
    """Remove prompts that are no longer meant for the caller, or rest on a profile that is no longer public."""
    _, member = require_member(ctx, meeting_id)
    rows = {one.id: ctx.db.get(Prompt, one.id) for one in prompts}
    return [one for one in prompts if (row := rows[one.id]) is not None and may_see_prompt(ctx, member, row)]


def shown_prompts_of_page(ctx: QueryCtx, found: Row, meeting_id: MeetingId, **_asked: object) -> Row:
    """Remove such prompts from a result that has more than them."""
    return msgspec.structs.replace(found, prompts=shown_prompts(ctx, found.prompts, meeting_id))


def _may_read_vector(ctx: QueryCtx, caller: scopes.Reader, id: str) -> bool:
    row = ctx.db.get(Embedding, id)
    return caller.operator if row is None else scopes.may_read(ctx, caller, row)


def _may_read(ctx: QueryCtx, caller: User, meeting_id: MeetingId) -> bool:
    return member_of(ctx, meeting_id, caller.id) is not None or find_open(ctx, caller, meeting_id) is not None


def _shows_itself(ctx: QueryCtx, caller: User, meeting_id: MeetingId, user_id: UserId) -> bool:
    person, meeting = ctx.db.get(User, user_id), ctx.db.get(Meeting, meeting_id)
    if person is None or meeting is None:
        return False
    member = member_of(ctx, meeting_id, user_id)
    if member is None:
        return may_see(ctx, caller, person)
    return shows_itself(ctx, Viewer(caller.id, organisation_of_admin(ctx)), meeting, member, person)


def _shows_to_all(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> bool:
    member = member_of(ctx, meeting_id, user_id)
    return member is not None and shows_to_all(ctx, member)
