"""Delivery of words by members, about themselves, through the documented functions."""

import math

from connvo.kernel.errors import Forbidden
from connvo.model.access import require_active, require_role
from connvo.model.meetings.activity import note_activity
from connvo.model.rate_limits import charge, tokens_left
from connvo.rules.transcripts.chunks import bucket_of, content_key
from connvo.runtime.context import MutationCtx
from connvo.runtime.wire import Result
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.users import UserId

from . import captions, records, transcription
from .words import Spoken, Words

ACTION = "transcriptChunk"
BURST = 60.0
RATE = 5.0
NOT_STORED = 0


class Delivered(Result, frozen=True, kw_only=True):
    """A chunk that was delivered. Words that are shown and not stored have the sequence 0."""

    success: bool
    sequence: float
    bucket_ms: float
    rate_limit_remaining: float


def deliver(ctx: MutationCtx, meeting_id: MeetingId, speaker_id: str | None, spoken: Spoken) -> Delivered:
    """Store or show the caller's words; the same words again get the answer of the first time.

    Raises:
        Forbidden: The words are another member's, or transcription is off.
        InsufficientRole: The caller is an observer.
        Invalid: A value is out of its bounds, or the times lie outside of the meeting.
        MeetingNotActive: The meeting is not active.
        RateLimited: The caller has delivered too many chunks.
    """
    caller, _ = require_role(ctx, meeting_id, "participant")
    ctx.heartbeat(meeting_id, caller.id)
    if speaker_id is not None and speaker_id != caller.id:
        raise Forbidden("You can deliver only words that you speak yourself", meetingId=meeting_id, userId=caller.id)
    words = spoken.checked()
    key = content_key(caller.id, words.span, words.text)
    known = None if spoken.interim else records.find_by_key(ctx, meeting_id, key)
    if known is not None:
        left = tokens_left(ctx, caller.id, ACTION, meeting_id, BURST, RATE)
        return _delivered(known.sequence, words, left)
    meeting = require_active(ctx, meeting_id)
    is_kept = transcription.keeps_words(ctx, meeting)
    spoken.check_within(words, meeting.started_at or meeting.created_at, ctx.now)
    left = charge(ctx, caller.id, ACTION, meeting_id, BURST, RATE)
    if spoken.interim:
        captions.show(ctx, meeting_id, caller.id, words)
        return _delivered(NOT_STORED, words, left)
    return _delivered(_settle(ctx, meeting, caller.id, words, key, is_kept), words, left)


def _settle(ctx: MutationCtx, meeting: Meeting, speaker: UserId, words: Words, key: str, is_kept: bool) -> int:
    """Store final words, or show them for some seconds; return their sequence."""
    if is_kept:
        return records.store(ctx, meeting, speaker, words, key).sequence
    captions.show_final(ctx, meeting.id, speaker, words)
    note_activity(ctx, meeting.id, "speaking")
    return NOT_STORED


def _delivered(sequence: int, words: Words, left: float) -> Delivered:
    return Delivered(
        success=True,
        sequence=sequence,
        bucket_ms=bucket_of(words.span.start_ms),
        rate_limit_remaining=math.floor(left),
    )
