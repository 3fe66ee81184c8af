"""Search in transcripts."""

from connvo.model import audiences
from connvo.model.access import require_user
from connvo.model.pagination import PaginationOpts
from connvo.model.past_answers import own_hits
from connvo.model.transcripts import searching
from connvo.model.transcripts.searching import TranscriptHit
from connvo.rules.transcripts.finding import query_of
from connvo.runtime.context import QueryCtx, SharedCtx
from connvo.runtime.function import query, rechecked, shared_query
from connvo.runtime.wire import Result
from connvo.schema.meetings import MeetingId


class FoundEverywhere(Result, frozen=True, kw_only=True):
    """The hits in a page of meetings; `continue_cursor` leads to older meetings, and is null after the oldest."""

    page: list[TranscriptHit]
    is_done: bool
    continue_cursor: str | None
    split_cursor: str | None = None


@shared_query(audiences.members)
def find(ctx: SharedCtx[None], meeting_id: MeetingId, text: str) -> list[TranscriptHit]:
    """Return up to 50 segments of a meeting that have all words of a text, in the order of speech. For members.

    Case and accents do not matter. The last word may be the beginning of one; in scripts without spaces a word matches
    inside a longer one.

    Raises:
        Invalid: The text has no word, more than twelve, or more than 200 characters.
    """
    return searching.find_in(ctx, meeting_id, query_of(text))


@rechecked(own_hits)
@query
def find_everywhere(ctx: QueryCtx, text: str, pagination_opts: PaginationOpts) -> FoundEverywhere:
    """Return up to 50 segments with all words of a text, the newest first, in a page of the caller's meetings.

    A page covers 1 to 100 meetings, beginning with the newest ones. Words match whole, regardless of case and accents;
    in scripts without spaces a word matches inside a longer one.

    Raises:
        Invalid: The text has no word, more than twelve, or more than 200 characters; or the cursor is another query's.
    """
    caller = require_user(ctx)
    hits, found = searching.find_everywhere(ctx, caller.id, query_of(text, is_open=False), pagination_opts)
    return FoundEverywhere(
        page=hits,
        is_done=found.done,
        continue_cursor=None if found.done else found.cursor,
        split_cursor=found.split,
    )
