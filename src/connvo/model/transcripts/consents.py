"""The answers of members to the question whether their speech may be recognised."""

from connvo.rules.transcripts import states
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.meetings import MeetingId
from connvo.schema.transcripts import SpeechConsent, TranscriptionMode
from connvo.schema.users import UserId

from . import captions, transcription


def find(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> SpeechConsent | None:
    """Return a member's last answer, or None."""
    return ctx.db.first(SpeechConsent, "by_member", meeting_id, user_id)


def record(
    ctx: MutationCtx,
    meeting_id: MeetingId,
    user_id: UserId,
    allowed: bool,
    mode: TranscriptionMode,
    language: str | None,
) -> None:
    """Record an answer to the mode that is on; a refusal removes the member's captions."""
    answer = SpeechConsent(
        meeting_id=meeting_id,
        user_id=user_id,
        allowed=allowed,
        mode=mode,
        language=language,
        answered_at=ctx.now,
    )
    earlier = find(ctx, meeting_id, user_id)
    if earlier is None:
        ctx.db.insert(answer)
    else:
        ctx.db.patch(earlier, allowed=allowed, mode=mode, language=language, answered_at=ctx.now)
    if not allowed:
        captions.drop_of(ctx, meeting_id, user_id)


def refusals(ctx: QueryCtx, meeting_id: MeetingId) -> list[UserId]:
    """Return the members who refused."""
    return [one.user_id for one in ctx.db.scan(SpeechConsent, "by_member", meeting_id) if not one.allowed]


def must_answer(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> bool:
    """Return whether a member must be asked before their speech is recognised."""
    answer = find(ctx, meeting_id, user_id)
    mode = transcription.mode_of(transcription.find(ctx, meeting_id))
    return states.must_answer(mode, None if answer is None else answer.mode)


def may_hear(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId, mode: TranscriptionMode) -> bool:
    """Return whether a member's speech may be recognised in a mode."""
    answer = find(ctx, meeting_id, user_id)
    return answer is not None and states.may_hear(mode, answer.allowed, answer.mode)
