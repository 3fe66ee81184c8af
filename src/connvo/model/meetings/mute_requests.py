"""Pending mute requests of hosts: at most one for each joined member of a meeting."""

from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.meetings import MeetingId
from connvo.schema.moderation import MuteRequest
from connvo.schema.users import UserId


def pending(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> MuteRequest | None:
    """Return a member's pending request, or None."""
    return ctx.db.first(MuteRequest, "by_member", meeting_id, user_id)


def ask(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId, host_id: UserId) -> None:
    """Store a request for a member, replacing an older one."""
    drop(ctx, meeting_id, user_id)
    ctx.db.insert(MuteRequest(meeting_id=meeting_id, user_id=user_id, requested_by=host_id, requested_at=ctx.now))


def drop(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Delete a member's request, if there is one."""
    held = pending(ctx, meeting_id, user_id)
    if held is not None:
        ctx.db.delete(held)


def drop_all(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Delete all requests of a meeting."""
    for held in ctx.db.scan(MuteRequest, "by_member", meeting_id):
        ctx.db.delete(held)
