"""Texts of a meeting beside its transcript, in which links may stand."""

from connvo.model.notes import heads, revisions
from connvo.runtime.context import QueryCtx
from connvo.schema.chat import ChatMessage
from connvo.schema.meetings import MeetingId

MAX_MESSAGES = 500


def chat(ctx: QueryCtx, meeting_id: MeetingId) -> list[str]:
    """Return the texts of the first chat messages of a meeting."""
    return [message.text for message in ctx.db.scan(ChatMessage, "by_meeting", meeting_id, limit=MAX_MESSAGES)]


def notes(ctx: QueryCtx, meeting_id: MeetingId) -> str:
    """Return the newest stored text of a meeting's notes."""
    head = heads.find(ctx, meeting_id)
    return "" if head is None else revisions.content_of(ctx, revisions.newest(ctx, meeting_id))
