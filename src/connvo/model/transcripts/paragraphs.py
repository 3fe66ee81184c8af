"""The segments of a transcript, kept up to date in the transaction of each chunk.

A chunk usually follows the newest segment, and then costs two reads. One that arrives late, or begins while another
speaker's segment is open, has the segments around it grouped again from their chunks.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from connvo.model import embedding_tasks
from connvo.model.meetings.activity import find_activity
from connvo.rules.transcripts import finding, segments
from connvo.rules.transcripts.segments import Piece, Run
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.meetings import MeetingId
from connvo.schema.transcripts import Chunk, Segment
from connvo.schema.users import UserId
from connvo.store.query import Span


def add(ctx: MutationCtx, chunk: Chunk) -> None:
    """Put a chunk that was just stored into a segment."""
    piece = piece_of(chunk)
    before = _before_or_at(ctx, chunk.meeting_id, chunk.start_ms)
    after = _next(ctx, chunk.meeting_id, chunk.start_ms)
    if after is None and (before is None or run_of(before).last_place <= piece.place):
        longer = None if before is None else segments.join(run_of(before), piece)
        _store(ctx, chunk.meeting_id, longer or segments.begin(piece), before if longer else None)
        return
    around = [segment for segment in (before, after) if segment is not None]
    # The new chunk may lie within a segment that is read here.
    pieces = {one.sequence: one for segment in around for one in pieces_of(ctx, segment)} | {piece.sequence: piece}
    replace(ctx, around, list(pieces.values()))


def containing(ctx: QueryCtx, chunk: Chunk) -> Segment | None:
    """Return the segment of a stored chunk, or None if it was deleted."""
    same = ctx.db.scan(
        Segment, "by_start", chunk.meeting_id, chunk.start_ms, until=chunk.sequence, reverse=True, limit=1
    )
    found = same or ctx.db.scan(Segment, "by_start", chunk.meeting_id, before=chunk.start_ms, reverse=True, limit=1)
    return found[0] if found and piece_of(chunk).place <= run_of(found[0]).last_place else None


def refresh(ctx: MutationCtx, segment: Segment) -> None:
    """Group the chunks of a segment again, after one of them changed or was deleted."""
    replace(ctx, [segment], pieces_of(ctx, segment))


def replace(ctx: MutationCtx, old: list[Segment], pieces: list[Piece]) -> None:
    """Store the segments of chunks in place of `old` ones; unchanged ones keep their id."""
    kept = {segment.first_sequence: segment for segment in old}
    if not pieces:
        for segment in old:
            delete(ctx, segment)
        return
    meeting_id = old[0].meeting_id
    for run in segments.group(pieces):
        _store(ctx, meeting_id, run, kept.pop(run.first, None))
    for segment in kept.values():
        delete(ctx, segment)


def delete(ctx: MutationCtx, segment: Segment) -> None:
    """Delete a segment with what was made of it."""
    ctx.db.delete(segment)
    embedding_tasks.segment_deleted(ctx, segment.id)


def pieces_of(ctx: QueryCtx, segment: Segment) -> list[Piece]:
    """Return the stored chunks of a segment as the rules see them."""
    return [piece_of(chunk) for chunk in chunks_of(ctx, segment)]


def chunks_of(ctx: QueryCtx, segment: Segment) -> list[Chunk]:
    """Return the stored chunks of a segment in their order."""
    return chunks_of_each(ctx, [segment])[0]


def chunks_of_each(ctx: QueryCtx, parts: Sequence[Segment]) -> list[list[Chunk]]:
    """Return the stored chunks of each segment in their order, in one round trip."""
    spans = [Span(prefix=(one.meeting_id,), since=one.start_ms, until=one.last_start_ms) for one in parts]
    found = ctx.db.scan_each(Chunk, "by_start", spans)
    return [_own(segment, around) for segment, around in zip(parts, found, strict=True)]


def _own(segment: Segment, around: list[Chunk]) -> list[Chunk]:
    """Return those chunks that belong to a segment, in their order."""
    run = run_of(segment)
    own = [chunk for chunk in around if chunk.speaker_id == segment.speaker_id]
    placed = [chunk for chunk in own if (run.start_ms, run.first) <= piece_of(chunk).place <= run.last_place]
    return sorted(placed, key=lambda chunk: piece_of(chunk).place)


def starts_of(ctx: QueryCtx, segment: Segment) -> tuple[tuple[int, float], ...]:
    """Return the positions in a segment's text at which its chunks begin, each with the start of the chunk in ms.

    There are none once chunks of it were deleted: they are kept for less time than the segment.
    """
    chunks = chunks_of(ctx, segment)
    if " ".join(chunk.text for chunk in chunks) != segment.text:
        return ()
    lengths = accumulate((len(chunk.text) + 1 for chunk in chunks), initial=0)
    return tuple((position, chunk.start_ms) for position, chunk in zip(lengths, chunks, strict=False))


def piece_of(chunk: Chunk) -> Piece:
    """Return a chunk as segments see it."""
    return Piece(
        sequence=chunk.sequence,
        speaker=chunk.speaker_id,
        start_ms=chunk.start_ms,
        end_ms=chunk.end_ms,
        text=chunk.text,
    )


def run_of(segment: Segment) -> Run:
    """Return a stored segment as the rules see it."""
    return Run(
        speaker=segment.speaker_id,
        first=segment.first_sequence,
        last=segment.last_sequence,
        start_ms=segment.start_ms,
        last_start_ms=segment.last_start_ms,
        end_ms=segment.end_ms,
        text=segment.text,
    )


def _before_or_at(ctx: QueryCtx, meeting_id: MeetingId, at_ms: float) -> Segment | None:
    """Return the last segment that begins at a time or before it."""
    found = ctx.db.scan(Segment, "by_start", meeting_id, until=at_ms, reverse=True, limit=1)
    return found[0] if found else None


def _next(ctx: QueryCtx, meeting_id: MeetingId, at_ms: float) -> Segment | None:
    found = ctx.db.scan(Segment, "by_start", meeting_id, after=at_ms, limit=1)
    return found[0] if found else None


def _store(ctx: MutationCtx, meeting_id: MeetingId, run: Run, old: Segment | None) -> None:
    if old is not None and run_of(old) == run:
        return
    activity = find_activity(ctx, meeting_id)
    topics = [] if activity is None else segments.topics_in(run.text, activity.topics)
    fields: dict[str, Any] = {
        "first_sequence": run.first,
        "last_sequence": run.last,
        "start_ms": run.start_ms,
        "last_start_ms": run.last_start_ms,
        "end_ms": run.end_ms,
        "text": run.text,
        "topics": topics,
        "terms": " ".join([finding.scope_of(meeting_id), *finding.terms_of(run.text)]),
    }
    if old is not None:
        ctx.db.patch(old, **fields)
        embedding_tasks.segment_changed(ctx, old.id, meeting_id)
        return
    speaker = UserId(run.speaker)
    made = ctx.db.insert(Segment(meeting_id=meeting_id, speaker_id=speaker, created_at=ctx.now, **fields))
    embedding_tasks.segment_changed(ctx, made.id, meeting_id)
