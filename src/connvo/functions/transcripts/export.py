"""Files of a transcript, for players, editors and programs."""

import asyncio

from connvo.model.transcripts.reading import FileHead, FilePart, begin_file, file_part
from connvo.rules.monitoring.shedding import Priority
from connvo.rules.transcripts import files
from connvo.rules.transcripts.files import FileChunk, FileFormat, Transcript
from connvo.runtime.context import ActionCtx
from connvo.runtime.function import action
from connvo.runtime.wire import Result
from connvo.schema.meetings import MeetingId

PRIORITY: Priority = "low"


class TranscriptFile(Result, frozen=True, kw_only=True):
    """A file with its content."""

    name: str
    content_type: str
    content: str


@action
async def get_file(ctx: ActionCtx, meeting_id: MeetingId, format: FileFormat) -> TranscriptFile:
    """Return a meeting's transcript as WebVTT, SRT, text, Markdown or JSON. For hosts, in any state of the meeting.

    It has final words only, and zero is the start of the meeting.

    Raises:
        InsufficientRole: The caller is not a host.
        LimitExceeded: The transcript is too long for a file.
        RateLimited: The caller has asked for too many files.
    """
    head = await ctx.run_mutation(begin_file, meeting_id=meeting_id, kind=format)
    chunks: list[FileChunk] = []
    after = 0.0
    while True:
        part = await ctx.run_query(file_part, meeting_id=meeting_id, after=after)
        if not part.chunks:
            break
        chunks += _chunks(head, part)
        after = part.chunks[-1].sequence
    transcript = Transcript(title=head.title, started_at=head.zero_ms, chunks=chunks)
    # A long transcript takes a while, and other callers do not wait for it.
    content = await asyncio.to_thread(files.render, format, transcript)
    return TranscriptFile(name=f"transcript.{format}", content_type=files.CONTENT_TYPES[format], content=content)


def _chunks(head: FileHead, part: FilePart) -> list[FileChunk]:
    return [
        FileChunk(
            sequence=chunk.sequence,
            start_ms=chunk.start_ms - head.zero_ms,
            end_ms=chunk.end_ms - head.zero_ms,
            speaker_id=chunk.speaker_id,
            speaker=part.names[chunk.speaker_id],
            text=chunk.text,
            confidence=chunk.confidence,
            language=chunk.language,
        )
        for chunk in part.chunks
    ]
