"""Signalling: sessions, and the signals that members of a call send each other.

A client creates a session, sends descriptions and candidates, fetches its pending signals, marks them as processed,
and reports the state of its connection. Every call counts as a heartbeat.
"""

from connvo.kernel.errors import Invalid
from connvo.model import audiences
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
from connvo.rules.monitoring.shedding import Priority
from connvo.runtime.context import MutationCtx, QueryCtx, SharedCtx
from connvo.runtime.function import mutation, paced, query, shared_query
from connvo.schema.meetings import MeetingId
from connvo.schema.sessions import ConnectionMetric, Metadata, SessionState, WebrtcSession
from connvo.schema.signals import IceCandidate, SessionDescription, Signal, SignalId
from connvo.schema.users import User, UserId

PRIORITY: Priority = "critical"

MAX_PROCESSED = 1000
METRICS_FRESH_MS = 30_000.0
RELAY_METADATA: Metadata = {"iceTransportPolicy": "relay"}


@mutation
def create_webrtc_session(ctx: MutationCtx, meeting_id: MeetingId, session_id: str) -> CreatedSession:
    """Open a session under an id of the client's choice, joining the meeting if necessary. For hosts and participants.

    If the caller has an open session with this id, nothing changes; the id of a closed one starts a new session. After
    failures that require it, the session's metadata has `iceTransportPolicy: relay`.

    Raises:
        Conflict: The id belongs to another user, the caller has too many sessions, or the meeting is full.
        Invalid: The id has the wrong form, or the meeting is not active.
        RateLimited: The caller has created or changed too many sessions.
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
    """Send a session description to one member or, without a target, to all members in the call.

    A new offer supersedes the sender's older offers to the same member, with their candidates and answers. A new answer
    supersedes the older one. Only a rollback may be empty.
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
    """Send an ICE candidate to one member or, without a target, to all members in the call.

    A candidate that arrives before its description is delivered after it; a candidate of a superseded description is
    not delivered. An empty `candidate` means that there are no more.
    """
    session = sending.sender(ctx, meeting_id, session_id)
    sending.send_candidate(ctx, session, candidate, target_user_id)


@query
def get_pending_signals(
    ctx: QueryCtx, meeting_id: MeetingId, session_id: str | None = None, last_signal_id: SignalId | None = None
) -> list[PendingSignal]:
    """Return the caller's pending signals in order, after `lastSignalId`, and from one session if given. For members.

    One answer has at most 50 signals and 256 kB. To get more, mark these as processed or pass the last id. A signal is
    returned again until it is marked as processed, superseded or expired. `lastSignalId` may be the id of any
    signal that the caller has received in this meeting.

    Raises:
        Invalid: `lastSignalId` is not the id of a signal to the caller in this meeting.
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
    """Mark up to a thousand signals to the caller as processed. Unknown ids and signals to other users are ignored.

    Raises:
        Invalid: There are more than a thousand ids.
    """
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
    """Report the state of a session of the caller, and merge `metadata` into its metadata.

    A session goes from connecting to connected, may become disconnected and connected again, and ends as failed or
    closed. Reporting the same state again only merges the metadata.

    Raises:
        Invalid: The session cannot go to this state.
        MeetingNotActive: The meeting is not active.
        NotFound: The caller has no such session.
        RateLimited: The caller has created or changed too many sessions.
    """
    user, _ = require_role(ctx, meeting_id, "participant")
    ctx.heartbeat(meeting_id, user.id)
    session = sessions.own_session(ctx, meeting_id, session_id, user.id)
    require_active(ctx, meeting_id)
    charge_rate_limit(ctx, user.id, meeting_id)
    sessions.step(ctx, session, state, metadata)


@paced
@shared_query(audiences.present_members)
def get_active_sessions(ctx: SharedCtx[None], meeting_id: MeetingId) -> list[ActiveSession]:
    """Return the sessions that are connecting, connected or disconnected, with their users. For members."""
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
    """End a session of the caller and drop its undelivered signals. Does nothing if the session is over.

    Raises:
        NotFound: The caller has no such session.
    """
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
