"""Result structs about transcripts that several functions return."""

from collections.abc import Iterable

from connvo.model.meetings.views import UserCard, card_of
from connvo.runtime.context import QueryCtx
from connvo.runtime.wire import Result
from connvo.schema.transcripts import Chunk, ChunkId
from connvo.schema.users import User, UserId


class ListedChunk(Result, frozen=True, kw_only=True):
    """A chunk with its speaker and its corrections. Times in milliseconds.

    `revision` counts the corrections; after the first, `first_text` is the recognised text, and `corrected_by` the
    member who made the last one.
    """

    id: ChunkId
    sequence: float
    speaker_id: UserId
    speaker: UserCard
    text: str
    confidence: float
    start_ms: float
    end_ms: float
    word_count: float
    language: str | None = None
    created_at: float
    revision: float
    first_text: str | None = None
    corrected_by: UserId | None = None
    corrected_at: float | None = None


def listed(ctx: QueryCtx, chunk: Chunk, cards: dict[UserId, UserCard]) -> ListedChunk:
    """Return a chunk as members see it; `cards` are those of earlier chunks."""
    return ListedChunk.from_row(chunk, speaker=card(ctx, chunk.speaker_id, cards))


def cards_of(ctx: QueryCtx, user_ids: Iterable[UserId]) -> dict[UserId, UserCard]:
    """Return the cards of speakers, in one round trip."""
    asked = set(user_ids)
    found = ctx.db.get_each(User, sorted(asked))
    return {id: card_of(found[id]) if id in found else UserCard(id=id) for id in asked}


def card(ctx: QueryCtx, user_id: UserId, cards: dict[UserId, UserCard]) -> UserCard:
    """Return the card of a speaker, from `cards` if it was read before."""
    known = cards.get(user_id)
    if known is None:
        user = ctx.db.get(User, user_id)
        known = cards[user_id] = UserCard(id=user_id) if user is None else card_of(user)
    return known
