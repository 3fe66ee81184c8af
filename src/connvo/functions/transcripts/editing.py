"""Corrections of a transcript, and deletion of one's own words."""

from connvo.kernel.errors import InsufficientRole, NotFound
from connvo.model.access import require_member, require_user
from connvo.model.audit import audit
from connvo.model.insights import switch
from connvo.model.meetings.members import member_of
from connvo.model.rate_limits import charge
from connvo.model.transcripts import deletion, editing
from connvo.rules.permissions import granted, lowest_role
from connvo.rules.transcripts.chunks import chunk_text
from connvo.runtime.context import MutationCtx
from connvo.runtime.function import mutation
from connvo.runtime.wire import Result
from connvo.schema.meetings import MeetingId
from connvo.schema.transcripts import Chunk, ChunkId

ACTION = "transcriptCorrection"
BURST = 30.0
RATE = 1.0


class CorrectedChunk(Result, frozen=True, kw_only=True):
    """A chunk that was corrected; `revision` counts its corrections."""

    chunk_id: ChunkId
    revision: float


@mutation
def correct(ctx: MutationCtx, chunk_id: ChunkId, text: str, revision: float) -> CorrectedChunk:
    """Correct the text of a chunk, in any state of its meeting. For its speaker, and for hosts.

    `revision` is that of the text which the caller has read. The recognised text is kept.

    Raises:
        Conflict: The chunk was corrected meanwhile; metadata has its revision.
        InsufficientRole: The caller is neither its speaker nor a host.
        Invalid: The text is empty or too long.
        NotFound: There is no such chunk, or the caller is not a member of its meeting.
        RateLimited: The caller has corrected too often.
    """
    caller = require_user(ctx)
    chunk = ctx.db.get(Chunk, chunk_id)
    member = None if chunk is None else member_of(ctx, chunk.meeting_id, caller.id)
    if chunk is None or member is None:
        raise NotFound("Chunk", chunk_id)
    if chunk.speaker_id != caller.id and "manage" not in granted("transcripts", member.role):
        raise InsufficientRole(lowest_role("transcripts", "manage"), member.role)
    corrected = chunk_text(text)
    charge(ctx, caller.id, ACTION, chunk.meeting_id, BURST, RATE)
    changed = editing.correct(ctx, chunk, corrected, revision, caller.id)
    return CorrectedChunk(chunk_id=changed.id, revision=changed.revision)


@mutation
def delete_mine(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Delete all of the caller's own words in a meeting that were stored until now. For members, in any state.

    Raises:
        RateLimited: The caller has asked too often.
    """
    caller, _ = require_member(ctx, meeting_id)
    charge(ctx, caller.id, ACTION, meeting_id, BURST, RATE)
    audit(ctx, "transcript.delete_mine", "meetings", meeting_id, caller.id)
    deletion.erase(ctx, meeting_id, caller.id)
    switch.forget_words(ctx, meeting_id, caller.id)
