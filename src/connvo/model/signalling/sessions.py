"""Sessions, each for one device of one member in one meeting, under an id that the client chose.

Guarantees:
    Meeting and session id name one row, owned by the member who created it.
    The unfetched signals of a session are dropped when it ends.
    The owner of an open session has joined the meeting and has a heartbeat.
"""

import math

from connvo.kernel.errors import Conflict, Invalid, NotFound
from connvo.model import changes, heartbeats
from connvo.model.history import failures, timeline
from connvo.rules import session_states
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.meetings import Meeting, MeetingId, Participant
from connvo.schema.sessions import ConnectionMetric, Metadata, SessionState, WebrtcSession
from connvo.schema.users import UserId
from connvo.telemetry.instruments import CONNECT_SECONDS, RECOVER_SECONDS

from . import queues

SESSION_ID_LENGTH = 128
METADATA_KEYS = 20
METADATA_KEY_LENGTH = 64
METADATA_TEXT_LENGTH = 1000
# Ended sessions of one member that a meeting keeps; the oldest are deleted for new ones.
ENDED_KEPT = 16
# Far more than a meeting's cap allows; every count needs a bound.
MAX_COUNTED = 10_000

# The metadata key of a connected session under which the client reports its candidate type.
CANDIDATE_TYPE = "candidateType"
UNKNOWN = "unknown"
CANDIDATE_TYPES = ("host", "srflx", "prflx", "relay")
MS = 1000.0

LEFT = "left_meeting"
MEETING_OVER = "meeting_over"


def sessions_of(ctx: QueryCtx, meeting_id: MeetingId) -> list[WebrtcSession]:
    """Return the open sessions of a meeting: connecting, then connected, then disconnected, each the oldest first."""
    return [
        session
        for state in session_states.OPEN_STATES
        for session in ctx.db.scan(WebrtcSession, "by_meeting_state", meeting_id, state)
    ]


def live_session_count(ctx: QueryCtx, meeting_id: MeetingId) -> int:
    """Return how many sessions of a meeting are connecting or connected."""
    return sum(
        ctx.db.count(WebrtcSession, "by_meeting_state", meeting_id, state, limit=MAX_COUNTED)
        for state in ("connecting", "connected")
    )


def open_sessions_of(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> list[WebrtcSession]:
    """Return a member's open sessions, the oldest first."""
    return ctx.db.scan(WebrtcSession, "by_member", meeting_id, user_id, True)


def checked_id(session_id: str) -> str:
    """Return a valid session id unchanged.

    Raises:
        Invalid: The id does not have 1 to 128 printable characters.
    """
    if not 1 <= len(session_id) <= SESSION_ID_LENGTH or not session_id.isprintable():
        raise Invalid(f"sessionId must have 1 to {SESSION_ID_LENGTH} printable characters", "sessionId")
    return session_id


def own_session(ctx: QueryCtx, meeting_id: MeetingId, session_id: str, user_id: UserId) -> WebrtcSession:
    """Return the caller's session in any state.

    Raises:
        Invalid: The id is malformed.
        NotFound: The session does not exist or belongs to another member.
    """
    session = ctx.db.first(WebrtcSession, "by_meeting_session", meeting_id, checked_id(session_id))
    if session is None or session.user_id != user_id:
        raise NotFound("Session", session_id)
    return session


def own_open_session(ctx: QueryCtx, meeting_id: MeetingId, session_id: str, user_id: UserId) -> WebrtcSession:
    """Return the caller's open session.

    Raises:
        Invalid: The id is malformed.
        NotFound: The session does not exist or belongs to another member.
        Conflict: The session is over.
    """
    session = own_session(ctx, meeting_id, session_id, user_id)
    if not session.open:
        raise Conflict(
            f"The session is {session.state}: create a new session", sessionId=session_id, state=session.state
        )
    return session


def create(
    ctx: MutationCtx, meeting: Meeting, user_id: UserId, session_id: str, metadata: Metadata | None
) -> WebrtcSession:
    """Return the caller's open session of this id, creating it if needed.

    The id of the caller's own ended session can be used again for a new one.

    Raises:
        Invalid: The id is malformed.
        Conflict: Another member uses the id in this meeting, or the caller has too many open sessions.
    """
    held = ctx.db.first(WebrtcSession, "by_meeting_session", meeting.id, checked_id(session_id))
    if held is not None and held.user_id != user_id:
        raise Conflict("This session id belongs to another member: choose a new one", sessionId=session_id)
    heartbeats.record(ctx, meeting.id, user_id)
    if held is not None and held.open:
        return revive(ctx, held)
    most = ctx.settings.signals.sessions_per_member
    if ctx.db.count(WebrtcSession, "by_member", meeting.id, user_id, True, limit=most) >= most:
        raise Conflict(f"You have {most} open sessions in this meeting: close one of them first", limit=most)
    if held is not None:
        changes.purge(ctx, held)
        queues.reset_negotiations(ctx, meeting.id, user_id, session_id)
    _make_room(ctx, meeting.id, user_id)
    return changes.insert(
        ctx,
        WebrtcSession(
            meeting_id=meeting.id,
            session_id=session_id,
            user_id=user_id,
            state="connecting",
            open=True,
            generation=meeting.generation,
            metadata=metadata,
            created_at=ctx.now,
            updated_at=ctx.now,
        ),
    )


def revive(ctx: MutationCtx, session: WebrtcSession) -> WebrtcSession:
    """Restore a session that silence disconnected to its earlier state; return any other unchanged."""
    if session.resumes is None:
        return session
    return _recovered(ctx, changes.patch(ctx, session, state=session.resumes, resumes=None, updated_at=ctx.now))


def _recovered(ctx: MutationCtx, session: WebrtcSession) -> WebrtcSession:
    """Clear the mark of a failure if a later change shows the session connected; return the session."""
    if session.state == "connected":
        member = ctx.db.first(Participant, "by_meeting_user", session.meeting_id, session.user_id)
        if member is not None and member.failed_at is not None and session.updated_at > member.failed_at:
            failures.clear_mark(ctx, member)
    return session


def fall_silent(ctx: MutationCtx, session: WebrtcSession) -> None:
    """Disconnect a session whose owner sends no heartbeats; `revive` reverses it."""
    if session.open and session.state != "disconnected":
        changes.patch(ctx, session, state="disconnected", resumes=session.state, quality=None, updated_at=ctx.now)


def step(ctx: MutationCtx, session: WebrtcSession, state: SessionState, metadata: Metadata | None) -> WebrtcSession:
    """Change the state of a session and merge its metadata; return the session.

    Raises:
        Invalid: The session cannot change to that state, or the metadata is invalid.
    """
    session = revive(ctx, session)
    if not session_states.may_become(session.state, state):
        raise Invalid(session_states.refusal(session.state, state), "state", currentState=session.state)
    merged = merge(session.metadata, metadata)
    if state != session.state and not session_states.is_open(state):
        return end(ctx, session, state, merged)
    if state == session.state and merged == session.metadata:
        return session
    if state != session.state and (meeting := ctx.db.get(Meeting, session.meeting_id)) is not None:
        _note(ctx, meeting, session, state, merged)
    return _recovered(ctx, changes.patch(ctx, session, state=state, metadata=merged, updated_at=ctx.now))


def _note(
    ctx: MutationCtx, meeting: Meeting, session: WebrtcSession, state: SessionState, metadata: Metadata | None
) -> None:
    """Add to the member's timeline that a session has connected or disconnected."""
    device: timeline.Details = {"session_id": session.session_id, "generation": session.generation}
    if state == "connected":
        failed = timeline.unrecovered(ctx, meeting.id, session.user_id)
        candidate = (metadata or {}).get(CANDIDATE_TYPE)
        seconds = None if failed is None else (ctx.now - failed[0].at) / MS
        rung = None if failed is None else failed[1].rung
        known = str(candidate) if candidate in CANDIDATE_TYPES else None
        if session.state == "connecting":
            took = (ctx.now - session.created_at) / MS
            ctx.record(CONNECT_SECONDS, took, provider=meeting.provider, candidate=known or UNKNOWN)
        if seconds is not None and rung is not None:
            ctx.record(RECOVER_SECONDS, seconds, provider=meeting.provider, rung=rung)
        details: timeline.Details = {"candidate_type": known, "seconds": seconds, "rung": rung}
        timeline.note(ctx, meeting, session.user_id, "connected", **(device | details))
    elif state == "disconnected":
        timeline.note(ctx, meeting, session.user_id, "disconnected", **device)


def end(
    ctx: MutationCtx,
    session: WebrtcSession,
    state: SessionState,
    metadata: Metadata | None,
    keep_signals: bool = False,
) -> WebrtcSession:
    """End a session permanently and drop its unfetched signals unless `keep_signals`; return the session."""
    if not keep_signals:
        queues.drop_sent_by_session(ctx, session.meeting_id, session.user_id, session.session_id)
    metric = ctx.db.first(ConnectionMetric, "by_meeting", session.meeting_id, session.session_id)
    if metric is not None:
        ctx.db.delete(metric)
    return changes.patch(
        ctx, session, state=state, open=False, resumes=None, quality=None, metadata=metadata, updated_at=ctx.now
    )


def close(ctx: MutationCtx, session: WebrtcSession, reason: str, keep_signals: bool = False) -> WebrtcSession:
    """Close a session on behalf of the server, with the reason in its metadata; return the session."""
    return end(ctx, session, "closed", {**(session.metadata or {}), "reason": reason}, keep_signals)


def close_member_sessions(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> int:
    """Close a member's sessions and drop all signals to and from them; return how many sessions were open."""
    mine = open_sessions_of(ctx, meeting_id, user_id)
    for session in mine:
        close(ctx, session, LEFT, keep_signals=True)
    queues.drop_of_member(ctx, meeting_id, user_id)
    heartbeats.forget(ctx, meeting_id, user_id)
    return len(mine)


def close_all_sessions(ctx: MutationCtx, meeting_id: MeetingId) -> int:
    """Close every session of a meeting that is over and drop its signals; return how many sessions were open."""
    live = sessions_of(ctx, meeting_id)
    for session in live:
        close(ctx, session, MEETING_OVER, keep_signals=True)
    queues.drop_of_meeting(ctx, meeting_id)
    heartbeats.forget_all(ctx, meeting_id)
    return len(live)


def merge(held: Metadata | None, new: Metadata | None) -> Metadata | None:
    """Return the metadata with new entries replacing old ones.

    Raises:
        Invalid: There are too many entries, or one is malformed or too long.
    """
    if new is None:
        return held
    for key, value in new.items():
        _check_entry(key, value)
    merged = {**(held or {}), **new}
    if len(merged) > METADATA_KEYS:
        raise Invalid(f"metadata can have at most {METADATA_KEYS} entries", "metadata", entries=len(merged))
    return merged


def _check_entry(key: str, value: str | float | bool) -> None:
    if not 1 <= len(key) <= METADATA_KEY_LENGTH or not (key.isascii() and key.isprintable()) or key.startswith("$"):
        raise Invalid(
            f"metadata keys must be 1 to {METADATA_KEY_LENGTH} printable ASCII characters that do not start with $",
            "metadata",
        )
    if isinstance(value, str) and len(value) > METADATA_TEXT_LENGTH:
        raise Invalid(f"metadata.{key} is longer than {METADATA_TEXT_LENGTH} characters", f"metadata.{key}")
    if isinstance(value, float) and not math.isfinite(value):
        raise Invalid(f"metadata.{key} must be a finite number", f"metadata.{key}")


def _make_room(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    ended = ctx.db.scan(WebrtcSession, "by_member", meeting_id, user_id, False)
    for session in ended[: max(len(ended) - ENDED_KEPT + 1, 0)]:
        changes.purge(ctx, session)
