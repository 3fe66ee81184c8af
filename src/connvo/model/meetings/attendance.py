"""Attendance: how long users were in a call, and whether a host has removed them."""

from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.attendance import Attendance
from connvo.schema.meetings import MeetingId, Participant
from connvo.schema.users import UserId

# More users than come to any meeting; beyond this, some are not listed.
MAX_LISTED = 2_000


def find(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> Attendance | None:
    """Return a user's attendance, or None if they have neither left nor been removed."""
    return ctx.db.first(Attendance, "by_member", meeting_id, user_id)


def all_of(ctx: QueryCtx, meeting_id: MeetingId) -> list[Attendance]:
    """Return the attendances of a meeting."""
    return ctx.db.scan(Attendance, "by_member", meeting_id, limit=MAX_LISTED)


def end_stay(ctx: MutationCtx, member: Participant) -> None:
    """Record the end of a member's stay and add its duration."""
    joined_at = ctx.now if member.joined_at is None else member.joined_at
    held = _find_or_make(ctx, member.meeting_id, member.user_id)
    came_at = member.first_joined_at or joined_at
    ctx.db.patch(
        held,
        came_at=came_at if held.came_at is None else min(held.came_at, came_at),
        left_at=ctx.now,
        stayed_ms=held.stayed_ms + max(0.0, ctx.now - joined_at),
    )


def note_removal(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Record that a host has removed a user."""
    ctx.db.patch(_find_or_make(ctx, meeting_id, user_id), removed_at=ctx.now)


def forget_removal(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Clear a user's removal, as they are a member again."""
    held = find(ctx, meeting_id, user_id)
    if held is not None and held.removed_at is not None:
        ctx.db.patch(held, removed_at=None)


def was_removed(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> bool:
    """Return whether a host has removed a user who is not a member now."""
    held = find(ctx, meeting_id, user_id)
    return held is not None and held.removed_at is not None


def _find_or_make(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> Attendance:
    held = find(ctx, meeting_id, user_id)
    return ctx.db.insert(Attendance(meeting_id=meeting_id, user_id=user_id)) if held is None else held
