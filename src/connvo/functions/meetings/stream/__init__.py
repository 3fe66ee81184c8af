"""Rooms at a provider: access to a call at GetStream, and recording where the room's provider supports it.

Each action runs a transaction, asks the provider, and records its answer; the decisions are in `model`.

Guarantees:
    Members see a recording before the provider is asked to start it.
"""

from contextlib import suppress

from connvo.kernel.errors import FunctionError, ServiceUnavailable
from connvo.model import audiences
from connvo.model.past_answers import files_of_hosts
from connvo.model.recordings.control import Outcome, Task, begin_recording, begin_stop, note_outcome, stopped_recording
from connvo.model.recordings.reconciliation import look
from connvo.model.recordings.views import RecordingEntry, StartedRecording, StoppedRecording
from connvo.model.rooms import placement
from connvo.model.rooms.getstream_access import StreamEntry, begin_stream_entry, find_stream_entry
from connvo.model.rooms.views import StreamToken
from connvo.providers.rooms.base import Access, RoomError
from connvo.providers.rooms.factory import room_provider
from connvo.rules.monitoring.shedding import Priority
from connvo.rules.providers import GETSTREAM
from connvo.rules.recording_states import RecordingConfig
from connvo.runtime.context import ActionCtx, SharedCtx
from connvo.runtime.function import action, rechecked, shared_query
from connvo.schema.meetings import MeetingId
from connvo.schema.recordings import MeetingRecording

PRIORITY: Priority = "high"

MS = 1000.0
MAX_LISTED = 100
# After these failures the provider has certainly not started; after any other it may have.
SURELY_NOT = ("refused", "rate_limited")


@action
async def generate_participant_token_public(
    ctx: ActionCtx, meeting_id: MeetingId, role: str | None = None
) -> StreamToken:
    """Return a token for the meeting's call at GetStream and the caller's user there. For members who have joined.

    Observers get no token. The token is valid for this call only, for some minutes. `role` is ignored: the
    caller's role in the meeting applies.

    Raises:
        InsufficientRole: The caller is an observer.
        ServiceUnavailable: GetStream failed, or the room has moved; `reason` says which.
        Unsupported: The meeting's room is not at GetStream.
    """
    place = await ctx.run_mutation(begin_stream_entry, meeting_id=meeting_id)
    try:
        access = await _enter(ctx, place)
    except RoomError as error:
        await ctx.run_mutation(
            placement.open_failed,
            meeting_id=meeting_id,
            generation=place.generation,
            provider=GETSTREAM,
            reason=error.reason,
            message=error.message,
        )
        raise
    if place.opening:
        await ctx.run_mutation(placement.opened, meeting_id=meeting_id, generation=place.generation)
    await _check_again(ctx, meeting_id, place)
    return StreamToken(
        token=access.token or "",
        user_id=place.user.id,
        user=place.user,
        expires_at=(access.expires_at or 0.0) / MS,
        success=True,
    )


@action
async def start_recording(
    ctx: ActionCtx, meeting_id: MeetingId, recording_config: RecordingConfig | None = None
) -> StartedRecording:
    """Start recording an active meeting. For hosts. Members see the recording in `getRecordings` before it starts.

    If the provider fails, the recording fails as well; if it may have started nevertheless, it is being stopped.

    Raises:
        Conflict: The meeting is being recorded already.
        Forbidden: The meeting was created without recording.
        InsufficientRole: The caller is not a host.
        ServiceUnavailable: The provider failed.
        Unsupported: The room's provider cannot record.
    """
    config = recording_config or RecordingConfig()
    task = await ctx.run_mutation(begin_recording, meeting_id=meeting_id, config=config)
    provider = room_provider(ctx.settings, task.provider)
    try:
        await provider.open(task.room)
    except RoomError as error:
        await _note_failure(ctx, task, error, begun=False)
        raise
    try:
        await provider.start_recording(task.room, config)
    except RoomError as error:
        await _note_failure(ctx, task, error, begun=error.reason not in SURELY_NOT)
        raise
    with suppress(RoomError):  # the reconciliation asks again
        if await provider.is_recording(task.room):
            await ctx.run_mutation(note_outcome, recording_id=task.id, outcome="began")
    return StartedRecording(recording_id=task.id, success=True)


@action
async def stop_recording(ctx: ActionCtx, meeting_id: MeetingId, recording_id: str | None = None) -> StoppedRecording:
    """Stop a recording, by default the running one, and return its state. For hosts.

    `success` is false if the provider could not be reached; the stop is then retried until it succeeds or times out.
    Stopping a recording that has stopped returns its file and duration.

    Raises:
        InsufficientRole: The caller is not a host.
        NotFound: There is no such recording.
    """
    task = await ctx.run_mutation(begin_stop, meeting_id=meeting_id, recording_id=recording_id)
    told = await look(ctx, recording_id=task.id)
    return await ctx.run_query(stopped_recording, recording_id=task.id, told=told)


@rechecked(files_of_hosts)
@shared_query(audiences.hosts_and_others)
def get_recordings(ctx: SharedCtx[bool], meeting_id: MeetingId) -> list[RecordingEntry]:
    """Return up to 100 recordings of a meeting, newest first. For members; only hosts see the files."""
    is_host = ctx.audience
    found = ctx.db.scan(MeetingRecording, "by_meeting", meeting_id, reverse=True, limit=MAX_LISTED)
    return [_entry(recording, is_host) for recording in found]


def _entry(recording: MeetingRecording, host: bool) -> RecordingEntry:
    return RecordingEntry.from_row(recording, files=list(recording.files) if host else None)


async def _enter(ctx: ActionCtx, place: StreamEntry) -> Access:
    provider = room_provider(ctx.settings, GETSTREAM)
    await provider.open(place.room)
    return await provider.enter(place.room, place.member)


async def _check_again(ctx: ActionCtx, meeting_id: MeetingId, place: StreamEntry) -> None:
    """Apply changes made while GetStream was asked: the member was removed, the role changed, the room moved."""
    try:
        now = await ctx.run_query(find_stream_entry, meeting_id=meeting_id)
        if now.generation != place.generation:
            raise ServiceUnavailable("The room has moved in the meantime: ask again", reason="moved")
    except FunctionError:
        await room_provider(ctx.settings, GETSTREAM).remove(place.room, place.member.user_id)
        raise
    if now.member.host != place.member.host:
        await room_provider(ctx.settings, GETSTREAM).set_host(place.room, place.member.user_id, now.member.host)


async def _note_failure(ctx: ActionCtx, task: Task, error: RoomError, begun: bool) -> None:
    outcome: Outcome = "stop_asked" if begun else "given_up"
    await ctx.run_mutation(note_outcome, recording_id=task.id, outcome=outcome, reason=error.reason)
