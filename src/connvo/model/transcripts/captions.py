"""Captions: words that are shown and not kept.

Guarantees: readers see the interim words of a speaker or their final text, never both: one commit removes the one and
adds the other.
"""

from connvo.kernel.ids import decode_id
from connvo.rules.transcripts.chunks import Span
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.meetings import MeetingId
from connvo.schema.transcripts import Caption, Chunk, ChunkId
from connvo.schema.users import UserId
from connvo.store.purging import purge
from connvo.store.schema import table_of

from .words import Words

INTERIM_MS = 15_000.0
FINAL_MS = 8_000.0
MAX_SHOWN = 12
BATCH = 500


def show(ctx: MutationCtx, meeting_id: MeetingId, speaker: UserId, words: Words) -> None:
    """Show the words that a member is speaking, in place of the earlier ones. Words that are final already are late."""
    if words.span.end_ms <= _final_until(ctx, meeting_id, speaker):
        return
    current = ctx.db.first(Caption, "by_speaker", meeting_id, speaker, False)
    if current is None:
        ctx.db.insert(_caption(ctx, meeting_id, speaker, words, final=False))
        return
    ctx.db.patch(
        current,
        text=words.text,
        confidence=words.confidence,
        start_ms=words.span.start_ms,
        end_ms=words.span.end_ms,
        language=words.language,
        created_at=ctx.now,
        expires_at=ctx.now + INTERIM_MS,
    )


def show_final(ctx: MutationCtx, meeting_id: MeetingId, speaker: UserId, words: Words) -> None:
    """Show final words for some seconds, while no transcript is kept."""
    settle(ctx, meeting_id, speaker, words.span)
    ctx.db.insert(_caption(ctx, meeting_id, speaker, words, final=True))


def settle(ctx: MutationCtx, meeting_id: MeetingId, speaker: UserId, span: Span) -> None:
    """Remove the interim words of a member that are now final; those of a later utterance stay."""
    current = ctx.db.first(Caption, "by_speaker", meeting_id, speaker, False)
    if current is not None and current.start_ms < span.end_ms:
        ctx.db.delete(current)


def drop_of(ctx: MutationCtx, meeting_id: MeetingId, speaker: UserId) -> None:
    """Remove every caption of a member."""
    for caption in ctx.db.scan(Caption, "by_speaker", meeting_id, speaker, limit=BATCH):
        ctx.db.delete(caption)


def drop_open(ctx: MutationCtx, meeting_id: MeetingId, speaker: UserId) -> None:
    """Remove the words that a member was speaking; they will not become final."""
    current = ctx.db.first(Caption, "by_speaker", meeting_id, speaker, False)
    if current is not None:
        ctx.db.delete(current)


def drop_all(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Remove the captions of a meeting; its sweep finds those beyond a batch."""
    for caption in ctx.db.scan(Caption, "by_speaker", meeting_id, limit=BATCH):
        ctx.db.delete(caption)


def drop_expired(ctx: MutationCtx) -> bool:
    """Delete a batch of expired captions; return whether there may be more."""
    return purge(ctx.db, Caption, "by_expiry", until=ctx.now)


def open_captions(ctx: QueryCtx, meeting_id: MeetingId) -> list[Caption]:
    """Return the words that members are speaking, at most twelve, in the order in which they began."""
    found = ctx.db.scan(Caption, "by_speaker", meeting_id, limit=BATCH)
    return sorted((one for one in found if not one.final), key=_by_start)[:MAX_SHOWN]


def recent(ctx: QueryCtx, meeting_id: MeetingId) -> list[Caption | Chunk]:
    """Return the words to show now, at most twelve: those being spoken, and the final ones of the last seconds."""
    shown: list[Caption | Chunk] = list(ctx.db.scan(Caption, "by_speaker", meeting_id, limit=BATCH))
    shown += ctx.db.scan(Chunk, "by_sequence", meeting_id, reverse=True, limit=MAX_SHOWN)
    fresh = [one for one in shown if _is_open(one) or one.created_at > ctx.now - FINAL_MS]
    # Words being spoken come first when not all can be shown.
    newest = sorted(fresh, key=lambda one: (_is_open(one), one.start_ms), reverse=True)[:MAX_SHOWN]
    return sorted(newest, key=_by_start)


def wire_id(caption: Caption) -> ChunkId:
    """Return the id of a caption where the documented API has chunks and captions in one list."""
    decoded = decode_id(caption.id)
    return ChunkId(table_of(Chunk).new_id(None if decoded is None else decoded[1]))


def _by_start(one: Caption | Chunk) -> float:
    return one.start_ms


def _is_open(one: Caption | Chunk) -> bool:
    return isinstance(one, Caption) and not one.final


def _final_until(ctx: MutationCtx, meeting_id: MeetingId, speaker: UserId) -> float:
    """Return the end of the last final words of a member, or 0."""
    stored = ctx.db.first(Chunk, "by_speaker", speaker, meeting_id, reverse=True)
    shown = ctx.db.first(Caption, "by_speaker", meeting_id, speaker, True, reverse=True)
    return max((one.end_ms for one in (stored, shown) if one is not None), default=0.0)


def _caption(ctx: MutationCtx, meeting_id: MeetingId, speaker: UserId, words: Words, final: bool) -> Caption:
    return Caption(
        meeting_id=meeting_id,
        speaker_id=speaker,
        final=final,
        text=words.text,
        confidence=words.confidence,
        start_ms=words.span.start_ms,
        end_ms=words.span.end_ms,
        language=words.language,
        created_at=ctx.now,
        expires_at=ctx.now + (FINAL_MS if final else INTERIM_MS),
    )
