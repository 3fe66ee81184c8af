"""Live captions: the words of the last seconds."""

from connvo.model import audiences
from connvo.model.access import require_meeting
from connvo.model.meetings.views import UserCard
from connvo.model.transcripts import captions
from connvo.model.transcripts.views import card
from connvo.runtime.context import QueryCtx, SharedCtx
from connvo.runtime.function import shared_query
from connvo.runtime.wire import Result
from connvo.schema.meetings import MeetingId
from connvo.schema.transcripts import Caption, Chunk
from connvo.schema.users import UserId


class LiveCaption(Result, frozen=True, kw_only=True):
    """Words of one speaker; `is_interim` ones may still change. Times in milliseconds."""

    id: str
    speaker_id: UserId
    speaker: UserCard
    text: str
    language: str | None = None
    is_interim: bool
    start_ms: float
    end_ms: float
    created_at: float


@shared_query(audiences.members)
def get_live(ctx: SharedCtx[None], meeting_id: MeetingId) -> list[LiveCaption]:
    """Return up to twelve captions of the active meeting in the order of speech. For members.

    These are the words being spoken, and final ones of the last eight seconds; a client hides final words when their
    time is over, as time alone sends no new result.
    """
    if require_meeting(ctx, meeting_id).state != "active":
        return []
    cards: dict[UserId, UserCard] = {}
    return [_view(ctx, one, cards) for one in captions.recent(ctx, meeting_id)]


def _view(ctx: QueryCtx, one: Caption | Chunk, cards: dict[UserId, UserCard]) -> LiveCaption:
    return LiveCaption(
        id=one.id,
        speaker_id=one.speaker_id,
        speaker=card(ctx, one.speaker_id, cards),
        text=one.text,
        language=one.language,
        is_interim=isinstance(one, Caption) and not one.final,
        start_ms=one.start_ms,
        end_ms=one.end_ms,
        created_at=one.created_at,
    )
