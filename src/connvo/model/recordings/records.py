"""Stored recordings: lookup, creation and state changes."""

from connvo.kernel.errors import Conflict
from connvo.model.audit import audit
from connvo.rules.recording_states import LIVE, RecordingEvent, after, is_over
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.recordings import MeetingRecording, RecordingFile, RecordingState
from connvo.schema.users import UserId

RESOURCE = "meetingRecordings"
MS = 1000.0
# The delay of the next check while a change is expected.
SOON_MS = 5000.0
# Maximum difference between a provider's clock and ours.
SKEW_MS = 15_000.0
_AUDIT_ACTIONS: dict[RecordingState, str] = {
    "recording": "recording.begin",
    "stopping": "recording.stop",
    "processing": "recording.end",
    "ready": "recording.ready",
    "failed": "recording.fail",
}


def live_of(ctx: QueryCtx, meeting_id: MeetingId) -> MeetingRecording | None:
    """Return the recording that may be recording a meeting's media, or None."""
    return ctx.db.first(MeetingRecording, "by_live", meeting_id, True)


def begin(
    ctx: MutationCtx, meeting: Meeting, room_id: str, actor: UserId | None, state: RecordingState = "starting"
) -> MeetingRecording:
    """Create a recording of a room and return it.

    Raises:
        Conflict: The meeting has a live recording.
    """
    held = live_of(ctx, meeting.id)
    if held is not None:
        raise Conflict("The meeting is already being recorded", meetingId=meeting.id, recordingId=held.id)
    recording = ctx.db.insert(
        MeetingRecording(
            meeting_id=meeting.id,
            provider=meeting.provider,
            room_id=room_id,
            state=state,
            live=state in LIVE,
            over=is_over(state),
            since=ctx.now,
            due_at=ctx.now + SOON_MS,
            requested_by=actor,
            requested_at=ctx.now,
            started_at=None if state == "starting" else ctx.now,
        )
    )
    audit(ctx, "recording.start", RESOURCE, recording.id, actor, meeting_id=meeting.id, provider=meeting.provider)
    return recording


def apply_event(
    ctx: MutationCtx,
    recording: MeetingRecording,
    event: RecordingEvent,
    actor: UserId | None = None,
    reason: str | None = None,
) -> MeetingRecording:
    """Apply an event to a recording and return it; an event without effect leaves it unchanged."""
    state = after(recording.state, event)
    if state is None:
        return recording
    audit(ctx, _AUDIT_ACTIONS[state], RESOURCE, recording.id, actor, meeting_id=recording.meeting_id, reason=reason)
    started_at = recording.started_at
    if started_at is None and event in ("began", "ended", "filed"):
        started_at = ctx.now
    ended_at = recording.ended_at
    if ended_at is None and recording.live and state not in LIVE:
        ended_at = ctx.now
    return ctx.db.patch(
        recording,
        state=state,
        live=state in LIVE,
        over=is_over(state),
        since=ctx.now,
        due_at=ctx.now + SOON_MS,
        started_at=started_at,
        ended_at=ended_at,
        reason=reason or (None if recording.state == "failed" else recording.reason),
    )


def file(ctx: MutationCtx, recording: MeetingRecording, files: list[RecordingFile]) -> MeetingRecording:
    """Add or update files of a recording, which makes it ready; return it."""
    by_name = {known.name: known for known in recording.files} | {new.name: new for new in files}
    merged = tuple(sorted(by_name.values(), key=lambda one: (one.started_at, one.name)))
    if merged != recording.files:
        recording = ctx.db.patch(recording, files=merged)
    return apply_event(ctx, recording, "filed")


def stop_live(ctx: MutationCtx, meeting_id: MeetingId, reason: str) -> None:
    """Request the stop of a live recording, because its meeting ends or its room moves."""
    recording = live_of(ctx, meeting_id)
    if recording is not None:
        ctx.db.patch(apply_event(ctx, recording, "stop_asked", reason=reason), due_at=ctx.now)


def of_room(ctx: QueryCtx, room_id: str) -> list[MeetingRecording]:
    """Return the recordings of a room, the oldest first."""
    return ctx.db.scan(MeetingRecording, "by_room", room_id)


def own_files(ctx: QueryCtx, recording: MeetingRecording, files: list[RecordingFile]) -> list[RecordingFile]:
    """Return the files of a room that belong to this recording: begun while it ran and not filed under another."""
    others = {known.name for one in of_room(ctx, recording.room_id) if one.id != recording.id for known in one.files}
    return [one for one in files if one.name not in others and covers(recording, one.started_at, ctx.now)]


def covers(recording: MeetingRecording, at: float, now: float) -> bool:
    """Return whether a recording may have run at a time on the provider's clock."""
    until = now if recording.ended_at is None else recording.ended_at
    return recording.requested_at - SKEW_MS <= at <= until + SKEW_MS
