"""A reported failure: what is recorded, what becomes of the session, and the answer.

Two members who report at once get one decision about the room: the first moves it to the next generation, and a
failure of a session from an earlier generation is answered with where the room is now.
"""

from connvo.model import provider_health
from connvo.model.access import require_active, require_role
from connvo.model.history import failures, timeline
from connvo.model.rooms import placement
from connvo.model.signalling import sessions
from connvo.model.signalling.session_rate import charge_rate_limit
from connvo.providers.turn import relay_configured
from connvo.rules import recovery_ladder
from connvo.rules.providers import MESH
from connvo.rules.recovery_ladder import Decision, ErrorType
from connvo.runtime.context import MutationCtx
from connvo.runtime.function import internal_mutation
from connvo.schema.history import ConnectionFailure
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.sessions import Metadata, WebrtcSession
from connvo.telemetry.instruments import RUNGS

from .probes import Probe
from .views import FailureAdvice

DETAILS_LENGTH = 1000
MS = 1000.0


@internal_mutation
def report_failure(
    ctx: MutationCtx,
    meeting_id: MeetingId,
    session_id: str,
    error_type: ErrorType,
    error_details: str | None = None,
    probe: Probe | None = None,
) -> FailureAdvice:
    """Record the failure of an own session, end it and return the advice; a repeated report changes nothing.

    `probe` is what a probe of the room's provider has just come to.
    """
    user, _ = require_role(ctx, meeting_id, "participant")
    ctx.heartbeat(meeting_id, user.id)
    meeting = require_active(ctx, meeting_id)
    session = sessions.own_session(ctx, meeting_id, session_id, user.id)
    held = failures.repeated(ctx, session, error_type)
    if held is not None:
        return _advice(held)
    charge_rate_limit(ctx, user.id, meeting_id)
    answers = _is_reachable(ctx, meeting, probe)
    belated = session.generation < meeting.generation
    decision = _moved(meeting) if belated else _decide(ctx, meeting, session, error_type, error_details, answers)
    failure = failures.record(ctx, session, error_type, decision, belated)
    if not belated:
        ctx.record(RUNGS, provider=meeting.provider, error=error_type, rung=decision.rung)
    _fail(ctx, session, decision, _metadata(ctx.now, error_type, error_details, decision))
    _note(ctx, meeting, failure)
    if belated:
        return _advice(failure)
    if decision.fallback_provider is not None:
        placement.move_room(ctx, meeting, decision.fallback_provider, decision.reason)
    elif not answers:
        placement.close_for_now(ctx, meeting, f"{meeting.provider} does not answer")
    return _advice(failure)


def _is_reachable(ctx: MutationCtx, meeting: Meeting, probe: Probe | None) -> bool:
    """Return whether the room's provider is there, by the probe or, without one, by its breaker."""
    if probe is not None and probe.provider == meeting.provider:
        if probe.reason is None:
            provider_health.note_success(ctx, probe.provider)
        else:
            provider_health.note_failure(ctx, probe.provider, probe.reason)
        return probe.reason is None
    return provider_health.state_of(ctx, meeting.provider) == "closed"


def _moved(meeting: Meeting) -> Decision:
    return Decision(rung="move", reason="The room has moved already", fallback_provider=meeting.provider)


def _note(ctx: MutationCtx, meeting: Meeting, failure: ConnectionFailure) -> None:
    timeline.note(
        ctx,
        meeting,
        failure.user_id,
        "failed",
        session_id=failure.session_id,
        generation=failure.generation,
        error_type=failure.error_type,
        rung=failure.rung,
        reason=failure.reason,
    )


def _decide(
    ctx: MutationCtx,
    meeting: Meeting,
    session: WebrtcSession,
    error_type: ErrorType,
    details: str | None,
    answers: bool,
) -> Decision:
    open_now = sessions.sessions_of(ctx, meeting.id)
    live = {open_session.user_id for open_session in open_now} | {session.user_id}
    failing = failures.failing_members(ctx, meeting, session.user_id)
    return recovery_ladder.decide(
        recovery_ladder.Situation(
            provider=meeting.provider,
            error_type=error_type,
            device_fault=recovery_ladder.device_fault(error_type, details),
            history=failures.attempts(failures.recent(ctx, meeting, session.user_id)),
            before=failures.before_move(ctx, meeting, session.user_id),
            live=len(live),
            failing=len(failing),
            joined=placement.joined_now(ctx, meeting),
            others_well=failures.others_are_well(ctx, meeting, session.user_id, open_now),
            provider_healthy=answers,
            others=(provider_health.trusted_providers(ctx) | {MESH}) - {meeting.provider},
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
