"""A call at the moment, as the rules of nudges see it: who is in, what was said, and whether all can be heard."""

from connvo.model.meetings.activity import find_activity
from connvo.model.signalling.sessions import sessions_of
from connvo.model.transcripts import consents, totals, transcription
from connvo.rules.prompts import nudges
from connvo.rules.prompts.cues import sets_an_action
from connvo.rules.prompts.nudges import Member, Room, Turn
from connvo.rules.transcripts.segments import MAX_SEGMENT_MS
from connvo.runtime.context import QueryCtx
from connvo.schema.activity import MeetingActivity
from connvo.schema.meetings import Meeting, MeetingId, Participant
from connvo.schema.sessions import WebrtcSession
from connvo.schema.transcripts import Caption, Segment, TranscriptionSession
from connvo.schema.users import User, UserId

# More than are spoken in ten minutes.
MAX_TURNS = 300
# Actions are looked for in so many of the newest paragraphs.
MAX_SEARCHED = 1_000
MAX_CAPTIONS = 100


def room_of(ctx: QueryCtx, meeting: Meeting) -> Room:
    """Return a running meeting as the rules see it."""
    joined = ctx.db.scan(Participant, "by_meeting_presence", meeting.id, "joined")
    activity = find_activity(ctx, meeting.id)
    sessions = sessions_of(ctx, meeting.id)
    hears = _Hearing(ctx, meeting)
    planned_end = planned_end_of(meeting)
    return Room(
        now=ctx.now,
        members=tuple(_member(ctx, one, sessions, hears) for one in joined if one.role != "observer"),
        turns=_turns(ctx, meeting.id),
        active_at=meeting.started_at or meeting.created_at if activity is None else activity.last_activity_at,
        spoke_at=_spoke_at(ctx, meeting.id, activity),
        screen_shared=any((one.metadata or {}).get("screen") is True for one in sessions),
        planned=meeting.duration,
        planned_end=planned_end,
        acted=nudges.is_nearly_up(planned_end, ctx.now) and _has_action(ctx, meeting.id),
    )


def planned_end_of(meeting: Meeting) -> float | None:
    """Return when a meeting is planned to end: by its plan, or from its start if it had no time."""
    begin = meeting.started_at if meeting.scheduled_at is None else meeting.scheduled_at
    return None if meeting.duration is None or begin is None else begin + meeting.duration


class _Hearing:
    """Whether a member's words arrive when they speak: they allow it, or have delivered some themselves."""

    def __init__(self, ctx: QueryCtx, meeting: Meeting) -> None:
        counters = totals.find(ctx, meeting.id)
        self._ctx = ctx
        self._meeting = meeting
        self._speakers = {} if counters is None else counters.speakers
        session = transcription.find(ctx, meeting.id)
        self._mode = transcription.mode_of(session)
        self._works = meeting.transcription_enabled and not _is_off(session)

    def __call__(self, user_id: UserId) -> bool:
        if not self._works:
            return False
        return user_id in self._speakers or consents.may_hear(self._ctx, self._meeting.id, user_id, self._mode)


def _is_off(session: TranscriptionSession | None) -> bool:
    if session is None:
        return False
    return session.pause_reason is not None or (session.chosen and transcription.mode_of(session) == "off")


def _member(ctx: QueryCtx, one: Participant, sessions: list[WebrtcSession], hears: _Hearing) -> Member:
    user = ctx.db.get(User, one.user_id)
    own = [session for session in sessions if session.user_id == one.user_id]
    return Member(
        id=one.user_id,
        name=None if user is None else user.display_name,
        is_host=one.role == "host",
        joined_at=one.joined_at or one.created_at,
        heard=hears(one.user_id),
        muted=bool(own) and all((session.metadata or {}).get("audio") is False for session in own),
    )


def _turns(ctx: QueryCtx, meeting_id: MeetingId) -> tuple[Turn, ...]:
    since = ctx.now - nudges.SILENT_WINDOW_MS - MAX_SEGMENT_MS
    found = ctx.db.scan(Segment, "by_start", meeting_id, since=since, reverse=True, limit=MAX_TURNS)
    return tuple(
        Turn(id=one.id, speaker=one.speaker_id, start_ms=one.start_ms, end_ms=one.end_ms, text=one.text)
        for one in reversed(found)
    )


def _spoke_at(ctx: QueryCtx, meeting_id: MeetingId, activity: MeetingActivity | None) -> float | None:
    """Return when a member last spoke, by the server's clock; words that are being spoken count too."""
    times = [one.created_at for one in ctx.db.scan(Caption, "by_speaker", meeting_id, limit=MAX_CAPTIONS)]
    if activity is not None and "speaking" in activity.last_activity:
        times.append(activity.last_activity["speaking"])
    return max(times, default=None)


def _has_action(ctx: QueryCtx, meeting_id: MeetingId) -> bool:
    found = ctx.db.scan(Segment, "by_start", meeting_id, reverse=True, limit=MAX_SEARCHED)
    return any(sets_an_action(one.text) for one in found)
