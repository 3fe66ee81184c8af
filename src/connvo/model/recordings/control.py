"""Decisions about recordings: permission to start and stop one, and its progress by the provider's reports."""

from typing import Literal, TypeAlias

from connvo.kernel.errors import Forbidden, Invalid, NotFound, Unsupported
from connvo.model import provider_health
from connvo.model.access import require_active, require_meeting, require_role
from connvo.model.meetings import room_ids
from connvo.model.rate_limits import charge
from connvo.providers.rooms.base import MediaRoom, Reason
from connvo.providers.rooms.factory import room_provider
from connvo.rules.recording_states import LIVE, ProviderReport, RecordingConfig, RecordingTimeouts, deadline, reconcile
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import internal_mutation, internal_query
from connvo.runtime.wire import Result
from connvo.schema.meetings import MeetingId, Provider
from connvo.schema.recordings import MeetingRecording, RecordingFile, RecordingId, RecordingState

from . import records
from .views import StoppedRecording

MS = 1000.0
# The burst of one host in one meeting, which refills within `PER_SECONDS`.
START_ACTION, START_BURST = "recordingStart", 3.0
STOP_ACTION, STOP_BURST = "recordingStop", 5.0
PER_SECONDS = 60.0
Outcome: TypeAlias = Literal["began", "stop_asked", "given_up"]


class Task(Result, frozen=True, kw_only=True):
    """A recording to ask its provider about."""

    id: RecordingId
    provider: Provider
    room: MediaRoom
    state: RecordingState


@internal_mutation
def begin_recording(ctx: MutationCtx, meeting_id: MeetingId, config: RecordingConfig) -> Task:
    """Create a recording and return it; all members see it before the provider records anything.

    Raises:
        InsufficientRole: The caller is not a host.
        MeetingNotActive: The meeting has not started or is over.
        Invalid: The mode is `disabled`.
        Unsupported: The room's provider cannot record.
        Forbidden: The meeting was created without recording.
        Conflict: The meeting is being recorded.
        RateLimited: The host has started too many recordings lately.
    """
    user, _ = require_role(ctx, meeting_id, "host")
    meeting = require_active(ctx, meeting_id)
    if config.mode == "disabled":
        raise Invalid("The mode `disabled` starts no recording: choose another mode", "recordingConfig.mode")
    if not room_provider(ctx.settings, meeting.provider).records:
        raise Unsupported("The provider of the meeting's room cannot record it", meeting.provider)
    if not meeting.recording_allowed:
        raise Forbidden("The meeting was created without recording", meetingId=meeting_id)
    charge(ctx, user.id, START_ACTION, meeting_id, START_BURST, START_BURST / PER_SECONDS)
    recording = records.begin(ctx, meeting, room_ids.room_id(meeting), user.id)
    return Task(id=recording.id, provider=meeting.provider, room=room_ids.media_room(meeting), state=recording.state)


@internal_mutation
def begin_stop(ctx: MutationCtx, meeting_id: MeetingId, recording_id: str | None = None) -> Task:
    """Request the stop of a recording, the given or the live one, and return it.

    A recording that no longer runs stays as it is.

    Raises:
        InsufficientRole: The caller is not a host.
        NotFound: There is no such recording, or none runs.
        RateLimited: The host has stopped too many recordings lately.
    """
    user, _ = require_role(ctx, meeting_id, "host")
    recording = _named(ctx, meeting_id, recording_id)
    if recording.live:
        charge(ctx, user.id, STOP_ACTION, meeting_id, STOP_BURST, STOP_BURST / PER_SECONDS)
        recording = records.apply_event(ctx, recording, "stop_asked", user.id, "stopped_by_host")
    return _task(ctx, recording)


@internal_mutation
def note_outcome(ctx: MutationCtx, recording_id: RecordingId, outcome: Outcome, reason: Reason | None = None) -> None:
    """Record the outcome of a request to the provider; with a `reason` the provider failed."""
    recording = ctx.db.get(MeetingRecording, recording_id)
    if recording is not None:
        _note_health(ctx, recording, reason)
        records.apply_event(ctx, recording, outcome, reason=reason)


@internal_query
def task_of(ctx: QueryCtx, recording_id: RecordingId) -> Task | None:
    """Return the task of a recording; None if it is over or has been deleted."""
    recording = ctx.db.get(MeetingRecording, recording_id)
    return None if recording is None or recording.over else _task(ctx, recording)


@internal_query
def stopped_recording(ctx: QueryCtx, recording_id: RecordingId, told: bool) -> StoppedRecording:
    """Return the state of a recording after a stop request; `told` is whether its provider accepted the request.

    Raises:
        NotFound: The recording has been deleted.
    """
    recording = ctx.db.get(MeetingRecording, recording_id)
    if recording is None:
        raise NotFound("Recording", recording_id)
    started_at, ended_at = recording.started_at, recording.ended_at
    return StoppedRecording(
        success=told or not recording.live,
        recording_id=recording.id,
        recording_url=next((one.url for one in recording.files if one.url is not None), None),
        duration=None if started_at is None or ended_at is None else max(0.0, ended_at - started_at),
    )


@internal_mutation
def settle(
    ctx: MutationCtx,
    recording_id: RecordingId,
    running: bool | None = None,
    files: list[RecordingFile] | None = None,
    problem: Reason | None = None,
) -> None:
    """Advance a recording by its provider's report, or by its timeouts if there is none (`running` is None)."""
    recording = ctx.db.get(MeetingRecording, recording_id)
    if recording is None or recording.over:
        return
    _note_health(ctx, recording, problem)
    own = records.own_files(ctx, recording, files or [])
    report = None if running is None else ProviderReport(running=running, filed=bool(own))
    timeouts = _timeouts(ctx)
    event = reconcile(recording.state, ctx.now - recording.since, report, timeouts)
    if event == "filed":
        records.file(ctx, recording, own)
    elif event is not None:
        reason = _failure_reason(recording.state, problem) if event in ("given_up", "stop_asked") else None
        recording = records.apply_event(ctx, recording, event, reason=reason)
        if recording.state == "processing" and own:
            records.file(ctx, recording, own)
    else:
        ctx.db.patch(recording, due_at=_next_check(ctx, recording, timeouts))


def _note_health(ctx: MutationCtx, recording: MeetingRecording, problem: Reason | None) -> None:
    if problem is None:
        provider_health.note_success(ctx, recording.provider)
    else:
        provider_health.note_failure(ctx, recording.provider, problem)


def _next_check(ctx: MutationCtx, recording: MeetingRecording, timeouts: RecordingTimeouts) -> float:
    """Return when to ask again: soon in a transitional state, and no later than the state's deadline."""
    regular = ctx.settings.recording.check_seconds * MS
    waits = recording.state in ("starting", "stopping")
    at = ctx.now + (min(records.SOON_MS, regular) if waits else regular)
    limit = deadline(recording.state, timeouts)
    return at if limit is None else max(ctx.now, min(at, recording.since + limit))


def _timeouts(ctx: QueryCtx) -> RecordingTimeouts:
    limits = ctx.settings.recording
    return RecordingTimeouts(
        start=limits.start_seconds * MS, stop=limits.stop_seconds * MS, file=limits.file_seconds * MS
    )


def _failure_reason(state: RecordingState, problem: str | None) -> str:
    if problem is not None:
        return problem
    return {"starting": "never_began", "stopping": "would_not_stop"}.get(state, "no_file")


def _named(ctx: QueryCtx, meeting_id: MeetingId, recording_id: str | None) -> MeetingRecording:
    if recording_id is None:
        found = records.live_of(ctx, meeting_id)
        if found is None:
            raise NotFound("A running recording", meetingId=meeting_id)
        return found
    found = ctx.db.get(MeetingRecording, recording_id)
    if found is None or found.meeting_id != meeting_id:
        raise NotFound("Recording", recording_id)
    return found


def _task(ctx: QueryCtx, recording: MeetingRecording) -> Task:
    meeting = require_meeting(ctx, recording.meeting_id)
    room = room_ids.media_room(meeting, recording.room_id)
    return Task(id=recording.id, provider=recording.provider, room=room, state=recording.state)


def is_live(task: Task) -> bool:
    """Return whether media of members may be recorded."""
    return task.state in LIVE
