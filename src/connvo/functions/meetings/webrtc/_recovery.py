"""A reported failure: what is recorded, what becomes of the session, and the answer.

Two members who report at once get one decision about the room: the first moves it to the next generation, and a
failure of a session from an earlier generation is answered with where the room is now.
"""

from ....domain import recovery
from ....domain.recovery import Decision, ErrorType
from ....providers.rooms.configured import available_providers
from ....providers.turn import relay_configured
from ....runtime.context import MutationCtx
from ....runtime.function import internal_mutation
from ....schema.meetings import Meeting, MeetingId
from ....schema.webrtc import ConnectionFailure, Metadata, WebrtcSession
from ..._shared import failures, rooms, sessions
from ..._shared.access import require_active, require_role
from ._answers import FailureAdvice
from ._pace import keep_pace

DETAILS_LENGTH = 1000
MS = 1000.0


@internal_mutation
def report_failure(
    ctx: MutationCtx, meeting_id: MeetingId, session_id: str, error_type: ErrorType, error_details: str | None = None
) -> FailureAdvice:
    """Records the failure of an own session, ends it and returns the advice; a repeated report changes nothing."""
    user, _ = require_role(ctx, meeting_id, "participant")
    ctx.alive(meeting_id, user.id)
    meeting = require_active(ctx, meeting_id)
    session = sessions.own_session(ctx, meeting_id, session_id, user.id)
    held = failures.repeated(ctx, session, error_type)
    if held is not None:
        return _advice(held)
    keep_pace(ctx, user.id, meeting_id)
    decision = _decide(ctx, meeting, session, error_type, error_details)
    if decision.fallback_provider is not None and decision.fallback_provider != meeting.provider:
        rooms.move_room(ctx, meeting, decision.fallback_provider)
    failure = failures.record(ctx, session, error_type, decision)
    _fail(ctx, session, decision, _metadata(ctx.now, error_type, error_details, decision))
    return _advice(failure)


def _decide(
    ctx: MutationCtx, meeting: Meeting, session: WebrtcSession, error_type: ErrorType, details: str | None
) -> Decision:
    if session.generation < meeting.generation:
        return Decision(rung="move", reason="The room has moved already", fallback_provider=meeting.provider)
    live = {open_session.user_id for open_session in sessions.sessions_of(ctx, meeting.id)} | {session.user_id}
    failing = failures.failing_members(ctx, meeting) | {session.user_id}
    return recovery.decide(
        recovery.Situation(
            provider=meeting.provider,
            error_type=error_type,
            device_fault=recovery.device_fault(error_type, details),
            history=failures.attempts(failures.recent(ctx, meeting, session.user_id)),
            live=len(live),
            failing=len(failing),
            members=meeting.participant_count,
            others=available_providers(ctx.settings) - {meeting.provider},
            mesh_limit=ctx.settings.meetings.mesh_participants,
            relay_available=relay_configured(ctx.settings.ice),
            stop_after=ctx.settings.recovery.stop_after,
        )
    )


def _fail(ctx: MutationCtx, session: WebrtcSession, decision: Decision, metadata: Metadata) -> None:
    merged = {**(session.metadata or {}), **metadata}
    keep = decision.rung == "rejoin"
    if session.open:
        sessions.end(ctx, session, "failed", merged, keep_signals=keep)
    else:
        ctx.db.patch(session, metadata=merged, updated_at=ctx.now)


def _metadata(now: float, error_type: ErrorType, details: str | None, decision: Decision) -> Metadata:
    metadata: Metadata = {
        "errorType": error_type,
        "failedAt": now,
        "rung": decision.rung,
        "reason": decision.reason,
    }
    if details is not None:
        metadata["errorDetails"] = details[:DETAILS_LENGTH]
    if decision.pause_seconds:
        metadata["retryAfterMs"] = decision.pause_seconds * MS
    if decision.rung == "relay":
        metadata["iceTransportPolicy"] = "relay"
    if decision.fallback_provider is not None:
        metadata["fallbackProvider"] = decision.fallback_provider
    return metadata


def _advice(failure: ConnectionFailure) -> FailureAdvice:
    return FailureAdvice(success=True, fallback_provider=failure.fallback, retry_recommended=failure.retry)
