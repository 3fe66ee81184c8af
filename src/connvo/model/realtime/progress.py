"""How far a resource of a meeting has changed: a number that rises with its changes, and the time of the last one."""

from typing import NamedTuple

from connvo.model import changes
from connvo.model.notes import heads
from connvo.model.transcripts import totals
from connvo.runtime.context import QueryCtx
from connvo.schema.chat import ChatMessage
from connvo.schema.meetings import MeetingId, Participant
from connvo.schema.prompts import Prompt, PromptType
from connvo.schema.transcripts import Chunk
from connvo.schema.users import UserId

MAX_PROMPTS = 500
PROMPT_TYPES: tuple[PromptType, ...] = ("precall", "incall")


class Progress(NamedTuple):
    """The revision of a resource, and the time of its last change in ms; 0 if it is not known."""

    revision: int = 0
    at: float = 0.0


def progress_of(ctx: QueryCtx, resource_type: str, meeting_id: MeetingId, user_id: UserId) -> Progress:
    """Return the progress of a resource that a user may read."""
    match resource_type:
        case "meetingNotes":
            head = heads.find(ctx, meeting_id)
            return Progress() if head is None else Progress(head.sequence, head.updated_at)
        case "transcripts":
            total = totals.find(ctx, meeting_id)
            newest = ctx.db.scan(Chunk, "by_sequence", meeting_id, reverse=True, limit=1)
            return Progress(total.last_sequence if total else 0, newest[0].created_at if newest else 0.0)
        case "messages":
            newest_message = ctx.db.scan(ChatMessage, "by_revision", meeting_id, reverse=True, limit=1)
            feed = changes.find_feed(ctx, meeting_id, "chat")
            return Progress(feed.revision if feed else 0, newest_message[0].created_at if newest_message else 0.0)
        case "prompts":
            found = [
                prompt
                for kind in PROMPT_TYPES
                for prompt in ctx.db.scan(Prompt, "by_time", meeting_id, kind, limit=MAX_PROMPTS)
                if prompt.person_id in (None, user_id)
            ]
            return Progress(len(found), max((prompt.created_at for prompt in found), default=0.0))
    feed = changes.find_feed(ctx, meeting_id, "roster")
    last = ctx.db.scan(Participant, "by_revision", meeting_id, reverse=True, limit=1)
    times = (last[0].created_at, last[0].joined_at or 0.0, last[0].left_at or 0.0) if last else (0.0,)
    return Progress(feed.revision if feed else 0, max(times))
