"""Meetings that run, and calls that failed, as operators see them: states and numbers, no title, name or word."""

from typing import NamedTuple

from connvo.runtime.context import QueryCtx
from connvo.schema.history import CallEvent
from connvo.schema.meetings import Meeting, Participant
from connvo.schema.sessions import WebrtcSession

MAX_MEETINGS = 100
MAX_FAILURES = 200
MAX_EVENTS = 2_000
GRADES = ("excellent", "good", "fair", "poor")
UNKNOWN = "unknown"


class RunningCall(NamedTuple):
    """The call of a meeting: who is in it, their sessions by state and by quality, and who is being reconnected."""

    meeting: Meeting
    joined: int
    sessions: dict[str, int]
    quality: dict[str, int]
    reconnecting: int


def running(ctx: QueryCtx) -> list[RunningCall]:
    """Return the calls of active meetings, the newest first."""
    found = ctx.db.scan(Meeting, "by_started", "active", reverse=True, limit=MAX_MEETINGS)
    return [_call(ctx, meeting) for meeting in found]


def count_running(ctx: QueryCtx) -> int:
    """Return how many meetings are active, up to a bound."""
    return ctx.db.count(Meeting, "by_state", "active", limit=MAX_EVENTS)


def failures(ctx: QueryCtx, since: float) -> list[CallEvent]:
    """Return the failures of members' connections after a time, the newest first."""
    events = ctx.db.scan(CallEvent, "by_age", after=since, reverse=True, limit=MAX_EVENTS)
    return [event for event in events if event.kind == "failed"][:MAX_FAILURES]


def _call(ctx: QueryCtx, meeting: Meeting) -> RunningCall:
    members = ctx.db.scan(Participant, "by_meeting_presence", meeting.id, "joined")
    open_sessions = [
        session
        for state in ("connecting", "connected", "disconnected")
        for session in ctx.db.scan(WebrtcSession, "by_meeting_state", meeting.id, state)
    ]
    sessions: dict[str, int] = {}
    quality: dict[str, int] = {}
    for session in open_sessions:
        sessions[session.state] = sessions.get(session.state, 0) + 1
        grade = session.quality or UNKNOWN
        quality[grade] = quality.get(grade, 0) + 1
    reconnecting = sum(member.failed_at is not None for member in members)
    return RunningCall(meeting, len(members), sessions, quality, reconnecting)
