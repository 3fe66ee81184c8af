"""Keeping how long people were in a call, and which of them a host has removed."""

from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.attendance import Attendance
from connvo.schema.meetings import MeetingId, Participant
from connvo.schema.users import UserId

# More people than come to any meeting; beyond them some are not listed.
MAX_LISTED = 2_000


def find(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> Attendance | None:
    """Return the attendance of a person, or None for one who has neither left nor been removed."""
    return ctx.db.first(Attendance, "by_member", meeting_id, user_id)


def all_of(ctx: QueryCtx, meeting_id: MeetingId) -> list[Attendance]:
    """Return the attendances of a meeting."""
    return ctx.db.scan(Attendance, "by_member", meeting_id, limit=MAX_LISTED)


def end_stay(ctx: MutationCtx, member: Participant) -> None:
    """Add the stay of a member who leaves the call now."""
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
    """Note that a host has removed a person."""
    ctx.db.patch(_find_or_make(ctx, meeting_id, user_id), removed_at=ctx.now)


def forget_removal(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Note that a person is a member again, if a host has removed them."""
    held = find(ctx, meeting_id, user_id)
    if held is not None and held.removed_at is not None:
        ctx.db.patch(held, removed_at=None)


def was_removed(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> bool:
    """Return whether a host has removed a person, who is not a member now."""
    held = find(ctx, meeting_id, user_id)
    return held is not None and held.removed_at is not None


def _find_or_make(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> Attendance:
    held = find(ctx, meeting_id, user_id)
    return ctx.db.insert(Attendance(meeting_id=meeting_id, user_id=user_id)) if held is None else held
