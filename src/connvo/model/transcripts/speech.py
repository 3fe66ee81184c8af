"""Words of the server's own recogniser: stored or shown as the members agreed.

Guarantees:
    Nothing is taken from a member who has not allowed it in the mode that is on.
    A chunk is stored once: its key is the first frame of its audio. Audio that is sent again after a failure may be cut
    elsewhere, so words that lie over stored ones of the same stream are those again.
"""

from typing import Literal, TypeAlias

import msgspec

from connvo.model.access import require_role
from connvo.model.meetings.activity import note_activity
from connvo.model.meetings.members import member_of
from connvo.rules.transcripts.chunks import covers, stream_key
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import internal_mutation, internal_query
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.transcripts import PauseReason, TranscriptionMode
from connvo.schema.users import UserId

from . import captions, consents, records, transcription
from .words import Spoken

# The last words before the end of a meeting arrive a moment after it.
FLUSH_MS = 5_000.0

Taken: TypeAlias = Literal["stored", "shown", "refused"]


class Listening(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the caller's speech may be recognised now, in which mode, and what is known of it.

    `final_until` is the end of the last words that were stored of their stream: audio until then was heard.
    """

    user_id: UserId
    mode: TranscriptionMode
    allowed: bool
    language: str | None
    final_until: float


@internal_query
def listen(ctx: QueryCtx, meeting_id: MeetingId, stream: str) -> Listening:
    """Return whether the caller's speech may be recognised. For hosts and participants.

    Raises:
        Unauthorized: The caller has no account, or the sign-in was ended.
        Forbidden: The caller is not a member, or the account is deactivated.
        InsufficientRole: The caller is an observer.
    """
    caller, _ = require_role(ctx, meeting_id, "participant")
    meeting = ctx.db.get(Meeting, meeting_id)
    is_on = meeting is not None and meeting.state == "active" and meeting.transcription_enabled
    mode = transcription.mode_of(transcription.find(ctx, meeting_id)) if is_on else "off"
    answer = consents.find(ctx, meeting_id, caller.id)
    return Listening(
        user_id=caller.id,
        mode=mode,
        allowed=mode != "off" and consents.may_hear(ctx, meeting_id, caller.id, mode),
        language=None if answer is None else answer.language,
        final_until=max((span.end_ms for span in records.of_stream(ctx, meeting_id, caller.id, stream)), default=0.0),
    )


@internal_query
def may_hear(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> TranscriptionMode:
    """Return the mode in which a member's speech may be recognised now; `off` if it may not."""
    meeting = ctx.db.get(Meeting, meeting_id)
    if meeting is None or meeting.state != "active" or not _speaks(ctx, meeting_id, user_id):
        return "off"
    mode = transcription.mode_of(transcription.find(ctx, meeting_id))
    allowed = meeting.transcription_enabled and consents.may_hear(ctx, meeting_id, user_id, mode)
    return mode if allowed else "off"


@internal_mutation
def take_final(
    ctx: MutationCtx,
    meeting_id: MeetingId,
    user_id: UserId,
    stream: str,
    first: float,
    text: str,
    confidence: float,
    start_ms: float,
    end_ms: float,
    language: str | None = None,
) -> Taken:
    """Store or show final words of a member; `first` is the first frame of their audio in a stream.

    Raises:
        Invalid: A value is out of its bounds.
    """
    spoken = Spoken(text=text, confidence=confidence, start=start_ms, end=end_ms, language=language)
    words = spoken.checked()
    meeting = ctx.db.get(Meeting, meeting_id)
    if meeting is None or not _speaks(ctx, meeting_id, user_id):
        return "refused"
    mode = _mode(ctx, meeting)
    if not consents.may_hear(ctx, meeting_id, user_id, mode):
        return "refused"
    spoken.check_within(words, meeting.started_at or meeting.created_at, ctx.now)
    if mode == "captions":
        if meeting.state == "active":
            captions.show_final(ctx, meeting_id, user_id, words)
            note_activity(ctx, meeting_id, "speaking")
        return "shown"
    key = stream_key(user_id, stream, int(first))
    earlier = records.of_stream(ctx, meeting_id, user_id, stream)
    if records.find_by_key(ctx, meeting_id, key) is None and not any(covers(one, words.span) for one in earlier):
        records.store(ctx, meeting, user_id, words, key)
    return "stored"


@internal_mutation
def take_interim(
    ctx: MutationCtx,
    meeting_id: MeetingId,
    user_id: UserId,
    text: str,
    confidence: float,
    start_ms: float,
    end_ms: float,
    language: str | None = None,
) -> Taken:
    """Show the words that a member is speaking.

    Raises:
        Invalid: A value is out of its bounds.
    """
    words = Spoken(text=text, confidence=confidence, start=start_ms, end=end_ms, language=language).checked()
    if may_hear(ctx, meeting_id=meeting_id, user_id=user_id) == "off":
        return "refused"
    captions.show(ctx, meeting_id, user_id, words)
    return "shown"


@internal_mutation
def end_stream(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Remove the words that a member was speaking when their stream ended."""
    captions.drop_open(ctx, meeting_id, user_id)


@internal_mutation
def report(
    ctx: MutationCtx,
    meeting_id: MeetingId,
    engine: str | None = None,
    reason: PauseReason | None = None,
    retry_at: float | None = None,
) -> None:
    """Record which engine recognises a meeting, and why it is paused, if it is."""
    transcription.pause(ctx, meeting_id, engine, reason, retry_at)


def _speaks(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> bool:
    member = member_of(ctx, meeting_id, user_id)
    return member is not None and member.role != "observer"


def _mode(ctx: MutationCtx, meeting: Meeting) -> TranscriptionMode:
    """Return the mode that is on, or was on when the meeting ended a moment ago."""
    session = transcription.find(ctx, meeting.id)
    if session is None or not meeting.transcription_enabled:
        return "off"
    if meeting.state == "concluded" and ctx.now - (meeting.ended_at or 0.0) <= FLUSH_MS:
        return session.mode
    return transcription.mode_of(session)
