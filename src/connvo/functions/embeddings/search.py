"""Search over the caller's meetings, by words and by meaning. Beside the documented API."""

import asyncio

from connvo.kernel import text as texts
from connvo.kernel.errors import Invalid, ServiceUnavailable
from connvo.model.embeddings import asking, passages
from connvo.model.embeddings.passages import Asked, Found, FoundKind, FoundPassage
from connvo.providers.embeddings.base import EmbeddingError
from connvo.rules.monitoring.shedding import Priority
from connvo.runtime.context import ActionCtx
from connvo.runtime.function import action
from connvo.runtime.normalization import Clamped
from connvo.runtime.wire import Result
from connvo.schema.meetings import MeetingId
from connvo.schema.users import UserId

PRIORITY: Priority = "low"

MAX_TEXT = 400
DEFAULT_RESULTS = 20
LIMIT = Clamped(1, 100)
# Each call loads a thousand vectors.
MAX_LOADS = 120


class SearchResults(Result, frozen=True, kw_only=True):
    """The passages, best first.

    With `by_meaning` the texts were compared by what they mean, and not by their words alone. Without `complete` the
    caller has more meetings than one search covers; filters help.
    """

    results: list[FoundPassage]
    by_meaning: bool
    complete: bool


@action
async def search_text(
    ctx: ActionCtx,
    text: str,
    kinds: list[FoundKind] | None = None,
    meeting_id: MeetingId | None = None,
    user_id: UserId | None = None,
    since: float | None = None,
    until: float | None = None,
    limit: float | None = None,
) -> SearchResults:
    """Return passages of the caller's meetings that have the words of a text, or mean about the same.

    Titles, notes, transcripts, chats and reports are searched; `kinds` and `meetingId` restrict that. `userId` is the
    person who said or wrote it; `since` and `until` are the time of the meeting in ms. There are 1 to 100 results, by
    default 20. While the model does not answer, words alone are searched.

    Raises:
        Forbidden: The caller is not a member of the meeting.
        Invalid: The text is empty or has more than 400 characters, or a time is not finite.
        RateLimited: The caller has searched too often.
        ServiceUnavailable: The vectors could not be loaded in time.
    """
    asked = texts.line(text, "text", MAX_TEXT, name="The search")
    most = DEFAULT_RESULTS if limit is None else LIMIT.whole(limit, "limit")
    _check_time(since, "since")
    _check_time(until, "until")
    model = await ctx.run_mutation(asking.admit_search, meeting_id=meeting_id)
    began = ctx.now()
    vector = None if model is None else await _vector(ctx, model, asked)
    found = await _find(
        ctx,
        Asked(
            text=asked,
            model=model,
            vector=vector,
            meeting_id=meeting_id,
            kinds=kinds,
            user_id=user_id,
            since=since,
            until=until,
            limit=most,
        ),
    )
    if model is not None and vector is not None:
        spent = ctx.now() - began
        await ctx.run_mutation(
            asking.note_search, model=model, milliseconds=spent, results=len(found.results), best=found.best
        )
    return SearchResults(results=found.results, by_meaning=vector is not None, complete=found.complete)


async def _vector(ctx: ActionCtx, model: str, text: str) -> bytes | None:
    try:
        return await asking.vector_of_text(ctx, model, text)
    except EmbeddingError as error:
        await ctx.run_mutation(asking.note_outcome, model=model, reason=error.reason)
        return None


async def _find(ctx: ActionCtx, asked: Asked) -> Found:
    """Search as often as it takes until the vectors are loaded."""
    for _ in range(MAX_LOADS):
        try:
            return await ctx.run_query(passages.find_passages, asked=asked)
        except ServiceUnavailable:
            await asyncio.sleep(0)
    return await ctx.run_query(passages.find_passages, asked=asked)


def _check_time(value: float | None, field: str) -> None:
    if value is not None and not abs(value) < float("inf"):
        raise Invalid(f"{field} is not a time", field)
