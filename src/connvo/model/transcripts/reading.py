"""Parts of a transcript for its file: each is a transaction of its own, under the rights that the caller has then."""

from connvo.kernel.errors import LimitExceeded
from connvo.model.access import require_meeting, require_permission
from connvo.model.audit import audit
from connvo.model.meetings.views import UserCard
from connvo.model.rate_limits import charge
from connvo.rules.transcripts.files import FileFormat
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import internal_mutation, internal_query
from connvo.runtime.wire import Result
from connvo.schema.meetings import MeetingId
from connvo.schema.transcripts import Chunk
from connvo.schema.users import UserId

from . import totals
from .views import card

ACTION = "transcriptFile"
BURST = 10.0
RATE = 0.2
PART = 1_000
MAX_CHUNKS = 100_000
UNNAMED = "Member"


class FileHead(Result, frozen=True, kw_only=True):
    """The title of a meeting, and the start of its transcript in ms."""

    title: str
    zero_ms: float


class FilePart(Result, frozen=True, kw_only=True):
    """Chunks in the order of their sequences, and the names of their speakers."""

    chunks: list[Chunk]
    names: dict[str, str]


@internal_mutation
def begin_file(ctx: MutationCtx, meeting_id: MeetingId, kind: FileFormat) -> FileHead:
    """Check that the caller may have the file, and record it.

    Raises:
        InsufficientRole: The caller is not a host.
        LimitExceeded: The transcript is too long for a file.
        RateLimited: The caller has asked for too many files.
    """
    caller, _ = require_permission(ctx, meeting_id, "transcripts", "export")
    meeting = require_meeting(ctx, meeting_id)
    counters = totals.find(ctx, meeting_id)
    if counters is not None and counters.chunks > MAX_CHUNKS:
        raise LimitExceeded(f"A file has at most {MAX_CHUNKS} chunks: read them with listChunks")
    charge(ctx, caller.id, ACTION, meeting_id, BURST, RATE)
    audit(ctx, "transcript.export", "meetings", meeting_id, caller.id, format=kind)
    started = meeting.started_at or meeting.created_at
    return FileHead(title=meeting.title, zero_ms=started if counters is None else counters.zero_ms)


@internal_query
def file_part(ctx: QueryCtx, meeting_id: MeetingId, after: float) -> FilePart:
    """Return the chunks after a sequence, up to a thousand.

    Raises:
        InsufficientRole: The caller is no longer a host.
    """
    require_permission(ctx, meeting_id, "transcripts", "export")
    found = ctx.db.scan(Chunk, "by_sequence", meeting_id, after=after, limit=PART)
    cards: dict[UserId, UserCard] = {}
    names = {chunk.speaker_id: card(ctx, chunk.speaker_id, cards).display_name or UNNAMED for chunk in found}
    return FilePart(chunks=found, names={str(speaker): name for speaker, name in names.items()})
