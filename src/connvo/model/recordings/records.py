"""Recordings as they are stored: found, begun, and moved on by what happens to them."""

from connvo.kernel.errors import Conflict
from connvo.model.audit import audit
from connvo.rules.recording_states import LIVE, RecordingEvent, after, is_over
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.recordings import MeetingRecording, RecordingFile, RecordingState
from connvo.schema.users import UserId

RESOURCE = "meetingRecordings"
MS = 1000.0
# How soon a provider is asked about what should happen any moment.
SOON_MS = 5000.0
# By how much a provider's clock may differ from ours.
SKEW_MS = 15_000.0
_AUDIT_ACTIONS: dict[RecordingState, str] = {
    "recording": "recording.begin",
    "stopping": "recording.stop",
    "processing": "recording.end",
    "ready": "recording.ready",
    "failed": "recording.fail",
}


def live_of(ctx: QueryCtx, meeting_id: MeetingId) -> MeetingRecording | None:
    """Return the recording that may be taking a meeting's people down, or None."""
    return ctx.db.first(MeetingRecording, "by_live", meeting_id, True)


def begin(
    ctx: MutationCtx, meeting: Meeting, room_id: str, actor: UserId | None, state: RecordingState = "starting"
) -> MeetingRecording:
    """Return a new recording of a room.

    Raises:
        Conflict: While the meeting has one that is live.
    """
    held = live_of(ctx, meeting.id)
    if held is not None:
        raise Conflict("The meeting is being recorded already", meetingId=meeting.id, recordingId=held.id)
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
    """Return the recording after an event, as it was when that changes nothing."""
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
    """Return the recording with files of it, which makes it ready. A file that is known is brought up to date."""
    by_name = {known.name: known for known in recording.files} | {new.name: new for new in files}
    merged = tuple(sorted(by_name.values(), key=lambda one: (one.started_at, one.name)))
    if merged != recording.files:
        recording = ctx.db.patch(recording, files=merged)
    return apply_event(ctx, recording, "filed")


def stop_live(ctx: MutationCtx, meeting_id: MeetingId, reason: str) -> None:
    """Have a live recording stopped within seconds, because its meeting ends or its room moves."""
    recording = live_of(ctx, meeting_id)
    if recording is not None:
        ctx.db.patch(apply_event(ctx, recording, "stop_asked", reason=reason), due_at=ctx.now)


def of_room(ctx: QueryCtx, room_id: str) -> list[MeetingRecording]:
    """Return the recordings of a room, the oldest first."""
    return ctx.db.scan(MeetingRecording, "by_room", room_id)


def own_files(ctx: QueryCtx, recording: MeetingRecording, files: list[RecordingFile]) -> list[RecordingFile]:
    """Return which of a room's files are of this recording: begun while it ran, and not of another one."""
    others = {known.name for one in of_room(ctx, recording.room_id) if one.id != recording.id for known in one.files}
    return [one for one in files if one.name not in others and covers(recording, one.started_at, ctx.now)]


def covers(recording: MeetingRecording, at: float, now: float) -> bool:
    """Return whether a recording may have run at a time that the provider tells."""
    until = now if recording.ended_at is None else recording.ended_at
    return recording.requested_at - SKEW_MS <= at <= until + SKEW_MS
