"""Signalling: sessions, and the signals that members of a call send each other.

A client creates a session, posts descriptions and candidates, fetches what waits for it, marks that as processed,
and says how its connection stands. Every call here is a sign of life.
"""

from connvo.kernel.errors import Invalid
from connvo.model.access import (
    require_active,
    require_meeting,
    require_member,
    require_role,
    require_running,
    require_user,
)
from connvo.model.meetings.views import card_of
from connvo.model.membership import joining
from connvo.model.rooms.ice import is_relay_only
from connvo.model.signalling import queues, sending, sessions
from connvo.model.signalling.session_rate import charge_rate_limit
from connvo.model.signalling.views import ActiveSession, CreatedSession, PendingSignal
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import mutation, query
from connvo.schema.meetings import MeetingId
from connvo.schema.sessions import ConnectionMetric, Metadata, SessionState, WebrtcSession
from connvo.schema.signals import IceCandidate, SessionDescription, Signal, SignalId
from connvo.schema.users import User, UserId

MAX_PROCESSED = 1000
METRICS_FRESH_MS = 30_000.0
RELAY_METADATA: Metadata = {"iceTransportPolicy": "relay"}


@mutation
def create_webrtc_session(ctx: MutationCtx, meeting_id: MeetingId, session_id: str) -> CreatedSession:
    """Open a session of the caller under an id of the client's choice, and let a member in who has not joined yet.

    An open session of the same id is the same success; the id of an own one that is over begins a new session. Raises
    Invalid when the meeting is not active, Conflict for somebody else's id, for too many sessions and a full meeting.
    Metadata says `iceTransportPolicy: relay` after failures that call for it.
    """
    user, member = require_role(ctx, meeting_id, "participant")
    meeting = require_running(ctx, meeting_id)
    sessions.checked_id(session_id)
    charge_rate_limit(ctx, user.id, meeting_id)
    joining.admit(ctx, meeting, member)
    metadata = RELAY_METADATA if is_relay_only(ctx, meeting_id, user.id) else None
    session = sessions.create(ctx, meeting, user.id, session_id, metadata)
    return CreatedSession(session_id=session.session_id, success=True)


@mutation
def exchange_session_description(
    ctx: MutationCtx,
    meeting_id: MeetingId,
    session_id: str,
    description: SessionDescription,
    target_user_id: UserId | None = None,
) -> None:
    """Send a description to one member, or without a target to everybody in the call.

    A new offer supersedes the sender's older ones to the same person, with their candidates and the answers to them; a
    new answer the older answer. Only a rollback may be empty.
    """
    session = sending.sender(ctx, meeting_id, session_id)
    sending.send_description(ctx, session, description, target_user_id)


@mutation
def exchange_ice_candidate(
    ctx: MutationCtx,
    meeting_id: MeetingId,
    session_id: str,
    candidate: IceCandidate,
    target_user_id: UserId | None = None,
) -> None:
    """Send a candidate to one member, or without a target to everybody in the call.

    One that arrives before its description is moved behind it; one of a superseded description is not delivered. An
    empty `candidate` says that there are no more.
    """
    session = sending.sender(ctx, meeting_id, session_id)
    sending.send_candidate(ctx, session, candidate, target_user_id)


@query
def get_pending_signals(
    ctx: QueryCtx, meeting_id: MeetingId, session_id: str | None = None, last_signal_id: SignalId | None = None
) -> list[PendingSignal]:
    """Return what waits for the caller, in order: the next behind `last_signal_id`, from one session if given.

    At most 50 at once, and 256 kB of them; the others follow once these are marked, or behind the last of them.

    A signal comes back until it is marked processed, superseded or expired. `last_signal_id` may be the id of any
    signal the caller ever got in this meeting, whatever became of it; any other is refused.
    """
    user, _ = require_member(ctx, meeting_id)
    ctx.heartbeat(meeting_id, user.id)
    after = 0 if last_signal_id is None else queues.position_of(last_signal_id, meeting_id, user.id)
    sender = None if session_id is None else sessions.checked_id(session_id)
    if require_meeting(ctx, meeting_id).state != "active":
        return []
    found = queues.page(ctx, meeting_id, user.id, sender, after)
    return [_pending(signal) for signal in found]


@mutation
def mark_signals_processed(ctx: MutationCtx, signal_ids: list[SignalId]) -> None:
    """Remove signals to the caller, at most a thousand at once. Those of others and unknown ones are passed over."""
    user = require_user(ctx)
    if len(signal_ids) > MAX_PROCESSED:
        raise Invalid(f"signalIds takes at most {MAX_PROCESSED} ids", "signalIds", limit=MAX_PROCESSED)
    found = (ctx.db.get(Signal, signal_id) for signal_id in dict.fromkeys(signal_ids))
    mine = [signal for signal in found if signal is not None and signal.to_user_id == user.id]
    queues.drop(ctx, mine)
    for meeting_id in {signal.meeting_id for signal in mine}:
        ctx.heartbeat(meeting_id, user.id)


@mutation
def update_session_state(
    ctx: MutationCtx, meeting_id: MeetingId, session_id: str, state: SessionState, metadata: Metadata | None = None
) -> None:
    """Say how a session of the caller stands. Metadata is merged; the same state again changes only that.

    connecting, connected, disconnected, connected again; failed and closed are for good.

    Raises:
        Invalid: For any other step.
        NotFound: For a session that is not the caller's.
    """
    user, _ = require_role(ctx, meeting_id, "participant")
    ctx.heartbeat(meeting_id, user.id)
    session = sessions.own_session(ctx, meeting_id, session_id, user.id)
    require_active(ctx, meeting_id)
    charge_rate_limit(ctx, user.id, meeting_id)
    sessions.step(ctx, session, state, metadata)


@query
def get_active_sessions(ctx: QueryCtx, meeting_id: MeetingId) -> list[ActiveSession]:
    """Return the sessions that are connecting, connected or disconnected, with whose they are. For members."""
    user, _ = require_member(ctx, meeting_id)
    ctx.heartbeat(meeting_id, user.id)
    live = sessions.sessions_of(ctx, meeting_id)
    metrics = {m.session_id: m for m in ctx.db.scan(ConnectionMetric, "by_meeting", meeting_id)}
    people = {user_id: ctx.db.get(User, user_id) for user_id in {session.user_id for session in live}}
    return [
        _active(session, owner, metrics.get(session.session_id), ctx.now)
        for session in sorted(live, key=lambda session: session.creation_time)
        if (owner := people[session.user_id]) is not None
    ]


@mutation
def close_session(ctx: MutationCtx, meeting_id: MeetingId, session_id: str) -> None:
    """End a session of the caller, and drop what it sent and nobody fetched; nothing happens to one that is over."""
    user, _ = require_member(ctx, meeting_id)
    ctx.heartbeat(meeting_id, user.id)
    session = sessions.own_session(ctx, meeting_id, session_id, user.id)
    if session.open:
        charge_rate_limit(ctx, user.id, meeting_id)
        sessions.end(ctx, session, "closed", session.metadata)


def _pending(signal: Signal) -> PendingSignal:
    return PendingSignal(
        id=signal.id,
        session_id=signal.session_id,
        from_user_id=signal.from_user_id,
        type="ice" if signal.description is None else "sdp",
        data=signal.content,
        timestamp=signal.timestamp,
    )


def _active(session: WebrtcSession, owner: User, metric: ConnectionMetric | None, now: float) -> ActiveSession:
    fresh = metric is not None and now - metric.timestamp <= METRICS_FRESH_MS
    return ActiveSession(
        id=session.id,
        creation_time=session.creation_time,
        meeting_id=session.meeting_id,
        session_id=session.session_id,
        user_id=session.user_id,
        state=session.state,
        metadata=session.metadata,
        created_at=session.created_at,
        updated_at=session.updated_at,
        user=card_of(owner),
        connection_quality=metric.quality if metric is not None and fresh else None,
        last_metrics_at=metric.timestamp if metric is not None and fresh else None,
    )
