"""A user's agenda: meetings they belong to and, separately, invitations that await their answer.

Guarantees: it omits meetings with an invitation from a user they have blocked, and meetings they declined.
"""

import msgspec

from connvo.model import blocks
from connvo.model.meetings import members
from connvo.runtime.context import QueryCtx
from connvo.schema.invitations import Invitation, PendingMembership
from connvo.schema.meetings import Meeting, Participant, Role
from connvo.schema.users import User, UserId

from . import consent, invitations

MAX_WAITING = 100


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation that awaits an answer. `created_at` in ms."""

    meeting: Meeting
    role: Role
    invited_by: UserId
    created_at: float


def agreed(
    ctx: QueryCtx,
    user_id: UserId,
    index: str,
    *rest: object,
    limit: int,
    since: object = None,
    before: object = None,
    reverse: bool = False,
) -> list[Participant]:
    """Return up to `limit` memberships that await no answer, from an index that begins with the user."""
    pending = ctx.db.count(PendingMembership, "by_user", user_id, limit=consent.MAX_PENDING)
    found = ctx.db.scan(
        Participant, index, user_id, *rest, limit=limit + pending, since=since, before=before, reverse=reverse
    )
    return [member for member in found if not member.asked][:limit]


def waiting(ctx: QueryCtx, user: User) -> list[Waiting]:
    """Return up to `MAX_WAITING` invitations that await a user's answer, the newest first."""
    blocked = {one.blocked_user_id for one in blocks.blocks_of(ctx, user.id)}
    by_address = invitations.unanswered_of(ctx, user)
    asked: list[PendingMembership | Invitation] = [*consent.pending_of(ctx, user.id), *by_address]
    unwanted = {one.meeting_id for one in asked if one.invited_by in blocked}
    found: list[Waiting] = []
    for one in sorted(asked, key=lambda one: one.created_at, reverse=True):
        meeting = ctx.db.get(Meeting, one.meeting_id)
        member = members.member_of(ctx, one.meeting_id, user.id)
        known = isinstance(one, Invitation) and member is not None
        if meeting is None or known or one.meeting_id in unwanted or not members.takes_members(ctx, meeting):
            continue
        if consent.has_declined(ctx, one.meeting_id, user.id):
            continue
        role: Role = "participant" if member is None else member.role
        found.append(Waiting(meeting=meeting, role=role, invited_by=one.invited_by, created_at=one.created_at))
        if len(found) == MAX_WAITING:
            break
    return found
