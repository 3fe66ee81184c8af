"""Reading the notes of a meeting as one text."""

from connvo.model import audiences
from connvo.model.notes import heads, revisions
from connvo.runtime.context import SharedCtx
from connvo.runtime.function import shared_query
from connvo.runtime.wire import Result
from connvo.schema.meetings import MeetingId
from connvo.schema.notes import MeetingNotesId


class Notes(Result, frozen=True, kw_only=True):
    """The notes of a meeting. `sequence` is that of the newest operation; times in milliseconds."""

    id: MeetingNotesId
    creation_time: float
    meeting_id: MeetingId
    content: str
    version: float
    sequence: float
    last_rebased_at: float
    updated_at: float


@shared_query(audiences.members)
def get_meeting_notes(ctx: SharedCtx[None], meeting_id: MeetingId) -> Notes | None:
    """Return the notes of a meeting, or null if it has none. For members."""
    head = heads.find(ctx, meeting_id)
    if head is None:
        return None
    return Notes.from_row(head, content=revisions.text_now(ctx, head))
