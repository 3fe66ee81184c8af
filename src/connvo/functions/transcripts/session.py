"""Captions and transcript of a running meeting: turned on and off, seen by all, and agreed to by each speaker."""

from typing import Literal, TypeAlias

from connvo.kernel.errors import InsufficientRole, Invalid
from connvo.model.access import (
    require_active,
    require_joined,
    require_meeting,
    require_member,
    require_permission,
    require_role,
)
from connvo.model.audit import audit
from connvo.model.insights import switch
from connvo.model.meetings.views import UserCard
from connvo.model.rate_limits import charge
from connvo.model.transcripts import consents, deletion, transcription
from connvo.model.transcripts.views import card
from connvo.rules.transcripts import chunks, states
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import mutation, query
from connvo.runtime.wire import Result
from connvo.schema.meetings import MeetingId, Participant
from connvo.schema.transcripts import PauseReason, TranscriptionMode, TranscriptionSession, TranscriptionState
from connvo.schema.users import User, UserId

ACTION = "transcriptionSwitch"
BURST = 20.0
RATE = 0.5

OnMode: TypeAlias = Literal["captions", "transcript"]


class TranscriptionView(Result, frozen=True, kw_only=True):
    """The transcription of a meeting, and the caller's part in it. Times in milliseconds.

    `changed_by` turned it on or off at `since`. While the mode is `off` and the state `active`, members deliver words
    themselves. `engine` recognises the speech, in `languages`, empty for any; without an engine nothing is recognised.
    `pause_reason` says why nothing is recognised, and `retry_at` when it is tried again. `allowed` and `language` are
    the caller's answer; `must_answer` is true until they answered what is on. `refused` are the members whose speech is
    not recognised. `can_start` are the modes that the caller may turn on.
    """

    mode: TranscriptionMode
    state: TranscriptionState
    since: float | None = None
    changed_by: UserCard | None = None
    engine: str | None = None
    languages: list[str]
    pause_reason: PauseReason | None = None
    retry_at: float | None = None
    can_start: list[OnMode]
    can_stop: bool
    must_answer: bool
    allowed: bool | None = None
    language: str | None = None
    refused: list[UserId]


@query
def get_state(ctx: QueryCtx, meeting_id: MeetingId) -> TranscriptionView:
    """Return what a meeting has on: nothing, captions, or a transcript that is kept. For members."""
    caller, member = require_member(ctx, meeting_id)
    session = transcription.find(ctx, meeting_id)
    answer = consents.find(ctx, meeting_id, caller.id)
    mode = transcription.mode_of(session)
    return TranscriptionView(
        mode=mode,
        state="initializing" if session is None else session.state,
        since=None if session is None else session.since,
        changed_by=_changed_by(ctx, session),
        engine=_engine(ctx, session),
        languages=ctx.settings.speech.spoken,
        pause_reason=_pause_reason(ctx, session),
        retry_at=None if session is None else session.retry_at,
        can_start=_can_start(ctx, meeting_id, member, mode),
        can_stop=_can_stop(member, session),
        must_answer=member.role != "observer" and consents.must_answer(ctx, meeting_id, caller.id),
        allowed=None if answer is None else answer.allowed,
        language=None if answer is None else answer.language,
        refused=consents.refusals(ctx, meeting_id),
    )


@mutation
def start(ctx: MutationCtx, meeting_id: MeetingId, mode: OnMode) -> None:
    """Turn captions or a transcript on, for all members to see. For hosts and participants who have joined.

    Participants turn captions on; a transcript is for hosts, who also turn it back into captions. Members are asked
    again when captions become a transcript.

    Raises:
        Forbidden: The meeting was created without transcription.
        InsufficientRole: The caller is an observer, or is not a host and asks for a transcript or ends one.
        Invalid: The caller has not joined.
        MeetingNotActive: The meeting is not active.
        RateLimited: The caller has switched too often.
    """
    caller, member = require_role(ctx, meeting_id, "participant")
    ctx.heartbeat(meeting_id, caller.id)
    meeting = require_active(ctx, meeting_id)
    require_joined(member)
    transcription.require_allowed(meeting)
    current = transcription.mode_of(transcription.find(ctx, meeting_id))
    if not states.may_switch(mode, current, member.role == "host"):
        raise InsufficientRole("host", member.role)
    charge(ctx, caller.id, ACTION, meeting_id, BURST, RATE)
    transcription.switch(ctx, meeting_id, mode, caller.id)


@mutation
def stop(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Turn captions and the transcript off; words that were stored stay. For hosts.

    A participant may turn off captions that they turned on themselves.

    Raises:
        InsufficientRole: The caller may not turn this off.
        MeetingNotActive: The meeting is not active.
        RateLimited: The caller has switched too often.
    """
    caller, member = require_role(ctx, meeting_id, "participant")
    ctx.heartbeat(meeting_id, caller.id)
    require_active(ctx, meeting_id)
    if not _can_stop(member, transcription.find(ctx, meeting_id)):
        raise InsufficientRole("host", member.role)
    charge(ctx, caller.id, ACTION, meeting_id, BURST, RATE)
    transcription.switch(ctx, meeting_id, "off", caller.id)


@mutation
def answer(ctx: MutationCtx, meeting_id: MeetingId, allowed: bool, language: str | None = None) -> None:
    """Allow or refuse that the caller's own speech is recognised, at any time. For hosts and participants.

    An answer holds for what is on: captions, or a transcript too. A refusal removes the caller's captions; their stored
    words stay until `transcripts/editing:deleteMine`.

    Raises:
        InsufficientRole: The caller is an observer.
        Invalid: The language is no language tag, or nothing is on to be allowed.
        RateLimited: The caller has answered too often.
    """
    caller, _ = require_role(ctx, meeting_id, "participant")
    ctx.heartbeat(meeting_id, caller.id)
    spoken = chunks.language_of(language)
    mode = transcription.mode_of(transcription.find(ctx, meeting_id))
    if allowed and mode == "off":
        raise Invalid("Captions are off: there is nothing to allow", "allowed")
    charge(ctx, caller.id, ACTION, meeting_id, BURST, RATE)
    # A refusal while nothing is on holds for everything that is turned on later.
    consents.record(ctx, meeting_id, caller.id, allowed, mode if mode != "off" else "transcript", spoken)


@mutation
def erase(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Delete all words of a meeting's transcript that were stored until now. For hosts, in any state of the meeting.

    Raises:
        InsufficientRole: The caller is not a host.
        RateLimited: The caller has asked too often.
    """
    caller, _ = require_permission(ctx, meeting_id, "transcripts", "manage")
    require_meeting(ctx, meeting_id)
    charge(ctx, caller.id, ACTION, meeting_id, BURST, RATE)
    audit(ctx, "transcript.erase", transcription.RESOURCE, meeting_id, caller.id)
    deletion.erase(ctx, meeting_id)
    switch.forget_transcript(ctx, meeting_id)


def _changed_by(ctx: QueryCtx, session: TranscriptionSession | None) -> UserCard | None:
    if session is None or session.changed_by is None:
        return None
    user = ctx.db.get(User, session.changed_by)
    return None if user is None else card(ctx, session.changed_by, {})


def _engine(ctx: QueryCtx, session: TranscriptionSession | None) -> str | None:
    """Return the engine that recognises the meeting, or would."""
    return (None if session is None else session.engine) or ctx.settings.speech.chosen


def _pause_reason(ctx: QueryCtx, session: TranscriptionSession | None) -> PauseReason | None:
    """Return why nothing is recognised; without an engine no stream reports it."""
    reason = None if session is None else session.pause_reason
    lacks_engine = transcription.mode_of(session) != "off" and ctx.settings.speech.chosen is None
    return "engine" if reason is None and lacks_engine else reason


def _can_start(ctx: QueryCtx, meeting_id: MeetingId, member: Participant, current: TranscriptionMode) -> list[OnMode]:
    meeting = require_meeting(ctx, meeting_id)
    if meeting.state != "active" or not meeting.transcription_enabled or member.role == "observer":
        return []
    modes: tuple[OnMode, ...] = ("captions", "transcript")
    return [mode for mode in modes if mode != current and states.may_switch(mode, current, member.role == "host")]


def _can_stop(member: Participant, session: TranscriptionSession | None) -> bool:
    mode = transcription.mode_of(session)
    if session is None or mode == "off":
        return member.role == "host"
    return member.role == "host" or (mode == "captions" and session.changed_by == member.user_id)
