"""Handling of a reported failure: its record, the end of the session, and the advice to the client.

Guarantees: two members who report at once get one decision about the room. The first report moves it to the next
generation; a report from an earlier generation is stale and returns the present provider.
"""

from connvo.model import changes, provider_health
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
    """Record the failure of the caller's session, end it and return the advice; a repeated report changes nothing.

    `probe` is the result of a probe of the room's provider just now.

    Raises:
        Forbidden: The caller is not a member.
        InsufficientRole: The caller is an observer.
        MeetingNotActive: The meeting has not started or is over.
        NotFound: The caller has no such session.
        RateLimited: The caller reports and changes sessions too fast.
    """
    user, _ = require_role(ctx, meeting_id, "participant")
    ctx.heartbeat(meeting_id, user.id)
    meeting = require_active(ctx, meeting_id)
    session = sessions.own_session(ctx, meeting_id, session_id, user.id)
    held = failures.repeated(ctx, session, error_type)
    if held is not None:
        return _advice(held)
    charge_rate_limit(ctx, user.id, meeting_id)
    reachable = _is_reachable(ctx, meeting, probe)
    stale = session.generation < meeting.generation
    decision = _moved(meeting) if stale else _decide(ctx, meeting, session, error_type, error_details, reachable)
    failure = failures.record(ctx, session, error_type, decision, stale)
    if not stale:
        ctx.record(RUNGS, provider=meeting.provider, error=error_type, rung=decision.rung)
    _fail(ctx, session, decision, _metadata(ctx.now, error_type, error_details, decision))
    _note(ctx, meeting, failure)
    if stale:
        return _advice(failure)
    if decision.fallback_provider is not None:
        placement.move_room(ctx, meeting, decision.fallback_provider, decision.reason)
    elif not reachable:
        placement.close_for_now(ctx, meeting, f"{meeting.provider} does not answer")
    return _advice(failure)


def _is_reachable(ctx: MutationCtx, meeting: Meeting, probe: Probe | None) -> bool:
    """Return whether the room's provider is reachable, by the probe or, without one, by its breaker."""
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
    reachable: bool,
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
            provider_healthy=reachable,
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
        changes.patch(ctx, session, metadata=merged, updated_at=ctx.now)


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
