"""Reported failures and the decisions about them: the history that drives the recovery ladder."""

from collections import Counter

from connvo.model import changes
from connvo.rules.recovery_ladder import ROOM_WINDOW_MS, Attempt, Decision, ErrorType, tries_that_count
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.history import ConnectionFailure
from connvo.schema.meetings import Meeting, Participant
from connvo.schema.sessions import ConnectionMetric, WebrtcSession
from connvo.schema.signals import Negotiation
from connvo.schema.users import UserId
from connvo.store.purging import purge

MS = 1000.0
# Longer than any window, so that a late report is still recognized as a repetition.
KEPT_MS = 3_600_000.0
# The page sends a sample every five seconds.
SAMPLE_FRESH_MS = 12_000.0


def recent(ctx: QueryCtx, meeting: Meeting, user_id: UserId) -> list[ConnectionFailure]:
    """Return a member's failures in the meeting's present room within the window, the oldest first."""
    since = ctx.now - ctx.settings.recovery.window_seconds * MS
    found = ctx.db.scan(ConnectionFailure, "by_member", meeting.id, user_id, after=since, until=ctx.now)
    return [failure for failure in found if failure.generation == meeting.generation]


def before_move(ctx: QueryCtx, meeting: Meeting, user_id: UserId) -> int:
    """Return the number of a member's failures within the window in rooms that the meeting has since left.

    Stale reports, which only told the member of the move, do not count.
    """
    since = ctx.now - ctx.settings.recovery.window_seconds * MS
    found = ctx.db.scan(ConnectionFailure, "by_member", meeting.id, user_id, after=since, until=ctx.now)
    return sum(failure.generation < meeting.generation and not failure.stale for failure in found)


def attempts(failures: list[ConnectionFailure]) -> tuple[Attempt, ...]:
    """Convert failures to attempts of the recovery ladder."""
    return tuple(Attempt(failure.error_type, failure.rung) for failure in failures)


def repeated(ctx: QueryCtx, session: WebrtcSession, error_type: ErrorType) -> ConnectionFailure | None:
    """Return the failure that this report repeats: of this session, or of the previous one with its id.

    The previous session counts only while the new one has done nothing: the report then arrived after the reuse of
    the id.
    """
    held = ctx.db.first(ConnectionFailure, "by_session", session.id)
    if held is not None or session.updated_at > session.created_at or _has_described(ctx, session):
        return held
    since = ctx.now - ctx.settings.recovery.duplicate_window_seconds * MS
    just_now = ctx.db.scan(
        ConnectionFailure, "by_member", session.meeting_id, session.user_id, since=since, until=ctx.now
    )
    same = [f for f in just_now if f.session_id == session.session_id and f.error_type == error_type]
    return same[-1] if same else None


def _has_described(ctx: QueryCtx, session: WebrtcSession) -> bool:
    place = (session.meeting_id, session.user_id, session.session_id)
    return any(track.described for track in ctx.db.scan(Negotiation, "by_pair", *place))


def failing_members(ctx: QueryCtx, meeting: Meeting, reporter: UserId) -> set[UserId]:
    """Return the members whose recent failures in the present room are enough to suspect the room itself.

    The failure that `reporter` reports now counts.
    """
    found = ctx.db.scan(ConnectionFailure, "by_meeting", meeting.id, after=ctx.now - ROOM_WINDOW_MS)
    times = Counter(failure.user_id for failure in found if _counts(ctx, failure, meeting))
    times[reporter] += 1
    return {user_id for user_id, count in times.items() if count >= tries_that_count(meeting.provider)}


def others_are_well(ctx: QueryCtx, meeting: Meeting, reporter: UserId, live: list[WebrtcSession]) -> bool:
    """Return whether the room has other members and all their connections contradict a failure of the room.

    `live` are the open sessions of the meeting. A connection contradicts a failure if the member reported none within
    the window and the newest session is connected with a fresh sample that is not poor. No sample contradicts nothing.
    """
    since = ctx.now - ctx.settings.recovery.window_seconds * MS
    failed = {f.user_id for f in ctx.db.scan(ConnectionFailure, "by_meeting", meeting.id, after=since)}
    in_order = sorted(live, key=lambda session: session.created_at)
    newest = {session.user_id: session for session in in_order if session.user_id != reporter}
    return bool(newest) and all(
        user_id not in failed and session.state == "connected" and _is_well(ctx, session)
        for user_id, session in newest.items()
    )


def _is_well(ctx: QueryCtx, session: WebrtcSession) -> bool:
    sample = ctx.db.first(ConnectionMetric, "by_meeting", session.meeting_id, session.session_id)
    return sample is not None and ctx.now - sample.timestamp <= SAMPLE_FRESH_MS and sample.quality != "poor"


def record(
    ctx: MutationCtx, session: WebrtcSession, error_type: ErrorType, decision: Decision, stale: bool
) -> ConnectionFailure:
    """Store a failure with its decision; return it. A failure is `stale` if the room had already moved."""
    failure = ConnectionFailure(
        meeting_id=session.meeting_id,
        user_id=session.user_id,
        session_row=session.id,
        session_id=session.session_id,
        error_type=error_type,
        at=ctx.now,
        generation=session.generation,
        rung=decision.rung,
        retry=decision.retry_recommended,
        fallback=decision.fallback_provider,
        reason=decision.reason,
        stale=stale,
        pause_ms=decision.pause_seconds * MS,
    )
    failure = ctx.db.insert(failure)
    _mark(ctx, failure)
    return failure


def _mark(ctx: MutationCtx, failure: ConnectionFailure) -> None:
    """Show in the roster that a member in the present room is being reconnected."""
    member = ctx.db.first(Participant, "by_meeting_user", failure.meeting_id, failure.user_id)
    if member is not None and member.presence == "joined" and not failure.stale:
        retry_at = failure.at + failure.pause_ms if failure.pause_ms else None
        changes.patch(ctx, member, failed_at=failure.at, retry_at=retry_at)


def clear_mark(ctx: MutationCtx, member: Participant) -> None:
    """Show in the roster that a member is not being reconnected."""
    changes.patch(ctx, member, failed_at=None, retry_at=None)


def unrecovered(ctx: QueryCtx, meeting: Meeting) -> dict[UserId, list[ConnectionFailure]]:
    """Return the joined members who have not reconnected since a failure in the present room.

    Each comes with their failures within the window, the oldest first.
    """
    since = ctx.now - ctx.settings.recovery.window_seconds * MS
    found: dict[UserId, list[ConnectionFailure]] = {}
    for failure in ctx.db.scan(ConnectionFailure, "by_meeting", meeting.id, after=since):
        if _counts(ctx, failure, meeting):
            found.setdefault(failure.user_id, []).append(failure)
    return {user_id: theirs for user_id, theirs in found.items() if _still_fails(ctx, theirs[-1])}


def _counts(ctx: QueryCtx, failure: ConnectionFailure, meeting: Meeting) -> bool:
    """Return whether a failure is of the present room, and not from before the clock was set back."""
    return failure.generation == meeting.generation and failure.at <= ctx.now


def _still_fails(ctx: QueryCtx, last: ConnectionFailure) -> bool:
    member = ctx.db.first(Participant, "by_meeting_user", last.meeting_id, last.user_id)
    if member is None or member.presence != "joined":
        return False
    open_now = ctx.db.scan(WebrtcSession, "by_member", last.meeting_id, last.user_id, True)
    return not any(one.state == "connected" and one.updated_at > last.at for one in open_now)


def drop_old(ctx: MutationCtx) -> bool:
    """Delete a batch of failures past their retention; return whether there may be others."""
    return purge(ctx.db, ConnectionFailure, "by_age", until=ctx.now - KEPT_MS)
