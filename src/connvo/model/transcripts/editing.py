"""Corrections of chunks; the recognised text stays beside the corrected one."""

from connvo.kernel.errors import Conflict
from connvo.model.audit import audit
from connvo.rules.transcripts.chunks import word_count
from connvo.runtime.context import MutationCtx
from connvo.schema.transcripts import Chunk
from connvo.schema.users import UserId

from . import paragraphs, totals

RESOURCE = "transcripts"


def correct(ctx: MutationCtx, chunk: Chunk, text: str, revision: float, editor: UserId) -> Chunk:
    """Replace the text of a chunk and of its segment; return the chunk. The same text again changes nothing.

    Raises:
        Conflict: The chunk was corrected meanwhile; metadata has its revision.
    """
    if text == chunk.text:
        return chunk
    if revision != chunk.revision:
        raise Conflict("The text was corrected meanwhile: read it again", revision=chunk.revision)
    segment = paragraphs.containing(ctx, chunk)
    corrected = ctx.db.patch(
        chunk,
        text=text,
        word_count=word_count(text),
        revision=chunk.revision + 1,
        first_text=chunk.text if chunk.first_text is None else chunk.first_text,
        corrected_by=editor,
        corrected_at=ctx.now,
    )
    totals.add_words(ctx, chunk.meeting_id, corrected.word_count - chunk.word_count)
    if segment is not None:
        paragraphs.refresh(ctx, segment)
    audit(ctx, "transcript.correct", RESOURCE, chunk.id, editor, revision=corrected.revision)
    return corrected
