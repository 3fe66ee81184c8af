"""The transcription of a meeting: its mode, chosen by members, and its state.

Guarantees:
    A meeting that is over has no mode and no captions.
    Without a choice of its members, the setting of the meeting alone decides whether members can deliver words.
"""

from connvo.kernel.errors import Forbidden
from connvo.model.audit import audit
from connvo.rules.transcripts import states
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.transcripts import PauseReason, TranscriptionMode, TranscriptionSession
from connvo.schema.users import UserId

from . import captions

RESOURCE = "meetings"
OVER = ("completed", "failed")


def find(ctx: QueryCtx, meeting_id: MeetingId) -> TranscriptionSession | None:
    """Return the transcription of a meeting, or None before the first."""
    return ctx.db.first(TranscriptionSession, "by_meeting", meeting_id)


def mode_of(session: TranscriptionSession | None) -> TranscriptionMode:
    """Return the mode that is on now."""
    return "off" if session is None or session.state in OVER else session.mode


def require_allowed(meeting: Meeting) -> None:
    """Check that the meeting's setting allows transcription.

    Raises:
        Forbidden: It does not.
    """
    if not meeting.transcription_enabled:
        raise Forbidden(
            "This meeting was created without transcription", meetingId=meeting.id, reason="transcription_disabled"
        )


def keeps_words(ctx: QueryCtx, meeting: Meeting) -> bool:
    """Return whether delivered words are stored, rather than shown alone.

    Raises:
        Forbidden: The meeting's setting, or a host, has turned transcription off.
    """
    require_allowed(meeting)
    session = find(ctx, meeting.id)
    if session is None or not session.chosen:
        return True
    mode = mode_of(session)
    if mode == "off":
        raise Forbidden("A host has turned transcription off", meetingId=meeting.id, reason="transcription_off")
    return mode == "transcript"


def begin(ctx: MutationCtx, meeting_id: MeetingId) -> TranscriptionSession:
    """Record that words arrive; return the transcription."""
    session = find(ctx, meeting_id)
    if session is None:
        return ctx.db.insert(TranscriptionSession(meeting_id=meeting_id, state="active", since=ctx.now))
    # Words of members say nothing about a recogniser that is paused.
    if session.state in ("active", "paused"):
        return session
    mode = session.mode if session.chosen else "off"
    return ctx.db.patch(session, state=states.after(session.state, "begin"), mode=mode, since=ctx.now)


def switch(ctx: MutationCtx, meeting_id: MeetingId, mode: TranscriptionMode, actor: UserId) -> TranscriptionSession:
    """Turn captions or a transcript on, or both off; return the transcription."""
    session = find(ctx, meeting_id)
    if session is None:
        session = ctx.db.insert(TranscriptionSession(meeting_id=meeting_id, since=ctx.now))
    if session.chosen and mode_of(session) == mode and session.pause_reason in (None, "off"):
        return session
    is_off = mode == "off"
    if is_off:
        captions.drop_all(ctx, meeting_id)
    audit(ctx, "transcription.stop" if is_off else "transcription.start", RESOURCE, meeting_id, actor, mode=mode)
    return ctx.db.patch(
        session,
        state=states.after(session.state, "pause" if is_off else "begin"),
        mode=mode,
        chosen=True,
        since=ctx.now,
        changed_by=actor,
        pause_reason="off" if is_off else None,
        retry_at=None,
    )


def pause(
    ctx: MutationCtx, meeting_id: MeetingId, engine: str | None, reason: PauseReason | None, retry_at: float | None
) -> None:
    """Record that the recogniser cannot go on, and when it tries again; without a reason, that it works."""
    session = find(ctx, meeting_id)
    if session is None or mode_of(session) == "off":
        return
    ctx.db.patch(
        session,
        state=states.after(session.state, "begin" if reason is None else "pause"),
        engine=engine,
        pause_reason=reason,
        retry_at=retry_at,
    )


def finish(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """End the transcription with its meeting; words that are not stored are gone."""
    captions.drop_all(ctx, meeting_id)
    session = find(ctx, meeting_id)
    if session is not None:
        ctx.db.patch(session, state=states.after(session.state, "end"), chosen=False, pause_reason=None, retry_at=None)
