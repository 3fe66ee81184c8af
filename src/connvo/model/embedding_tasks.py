"""Sources that are due to be made findable: one row for each source that has changed, in the transaction of its change.

Guarantees:
    A change and its task commit together, so none is lost; a source has at most one task.
    Rows that are made of a source go in the transaction that deletes it.
"""

from typing import Any

from connvo.runtime.context import MutationCtx
from connvo.schema.embeddings import EmbeddingTask, Passage, PassageKind, TaskKind, TaskState
from connvo.schema.meetings import MeetingId
from connvo.schema.profiles import ProfileId
from connvo.schema.transcripts import SegmentId

from . import embedding_rows

MS = 1000.0
# So long changes of a source are collected. Texts that grow word by word are collected for longer.
DELAY_SECONDS: dict[TaskKind, float] = {"chat": 15.0, "note": 10.0, "transcriptSegment": 10.0}
USUAL_DELAY_SECONDS = 5.0
# Each kind of text of a meeting has its own range of parts, as all are of the source `meeting`.
FIRST_PART: dict[PassageKind, int] = {"title": 0, "report": 1_000, "chat": 2_000, "note": 0}
RANGE = 1_000
MOST_PASSAGES = 2_000


def profile_changed(ctx: MutationCtx, profile_id: ProfileId) -> None:
    """Note that the text of a profile has changed."""
    note(ctx, "profile", profile_id)


def meeting_changed(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Note that the title, description or topics of a meeting have changed."""
    note(ctx, "meeting", meeting_id, meeting_id)


def note_changed(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Note that the notes of a meeting have changed."""
    note(ctx, "note", meeting_id, meeting_id)


def report_changed(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Note that the report of a meeting has changed."""
    note(ctx, "report", meeting_id, meeting_id)


def report_item_changed(ctx: MutationCtx, meeting_id: MeetingId, item_id: str) -> None:
    """Delete what was made of an item of a report that was edited or deleted, and note that the report has changed."""
    parts = set()
    for passage in ctx.db.scan(Passage, "by_meeting", meeting_id, "report", limit=MOST_PASSAGES):
        if passage.item_id == item_id:
            parts.add(passage.part)
            ctx.db.delete(passage)
    for row in embedding_rows.of_source(ctx, "meeting", meeting_id):
        if row.part in parts:
            embedding_rows.remove(ctx, row)
    report_changed(ctx, meeting_id)


def chat_changed(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Note that the chat of a meeting has changed."""
    note(ctx, "chat", meeting_id, meeting_id)


def segment_changed(ctx: MutationCtx, segment_id: SegmentId, meeting_id: MeetingId) -> None:
    """Note that the text of a segment has changed."""
    note(ctx, "transcriptSegment", segment_id, meeting_id)


def segment_deleted(ctx: MutationCtx, segment_id: SegmentId) -> None:
    """Delete what was made of a segment."""
    embedding_rows.remove_of(ctx, "transcriptSegment", segment_id)
    _drop_task(ctx, "transcriptSegment", segment_id)


def report_deleted(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Delete what was made of a report."""
    remove_passages(ctx, meeting_id, "report")
    _drop_task(ctx, "report", meeting_id)


def remove_passages(ctx: MutationCtx, meeting_id: MeetingId, kind: PassageKind, beyond: int = -1) -> None:
    """Delete the passages of a kind, and the vectors of those that are of the meeting itself, beyond a part."""
    for passage in ctx.db.scan(Passage, "by_meeting", meeting_id, kind, after=beyond, limit=MOST_PASSAGES):
        ctx.db.delete(passage)
    if kind == "note":
        return
    first = FIRST_PART[kind]
    for row in embedding_rows.of_source(ctx, "meeting", meeting_id):
        if max(first, beyond + 1) <= row.part < first + RANGE:
            embedding_rows.remove(ctx, row)


def note(
    ctx: MutationCtx,
    kind: TaskKind,
    source_id: str,
    meeting_id: MeetingId | None = None,
    state: TaskState = "waiting",
) -> None:
    """Note that a source is due, unless it is noted already. One that waits behind others, or rests, comes forward."""
    held = ctx.db.first(EmbeddingTask, "by_source", kind, source_id)
    due_at = ctx.now + delay_of(kind)
    if held is None:
        ctx.db.insert(EmbeddingTask(kind=kind, source_id=source_id, meeting_id=meeting_id, state=state, due_at=due_at))
    elif state == "waiting" and held.state != "waiting":
        fields: dict[str, Any] = {"state": "waiting", "tries": 0, "because": None}
        ctx.db.patch(held, **fields, due_at=max(due_at, held.due_at))


def delay_of(kind: TaskKind) -> float:
    """Return how long changes of a kind of source are collected, in ms."""
    return DELAY_SECONDS.get(kind, USUAL_DELAY_SECONDS) * MS


def _drop_task(ctx: MutationCtx, kind: TaskKind, source_id: str) -> None:
    held = ctx.db.first(EmbeddingTask, "by_source", kind, source_id)
    if held is not None:
        ctx.db.delete(held)
