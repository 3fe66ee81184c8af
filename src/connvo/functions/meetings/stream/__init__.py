"""Rooms at a provider: the way in to a call at GetStream, and recording wherever the room's provider can.

The actions here decide nothing themselves: each runs a transaction, asks the provider, and takes down what it said.
A recording is seen by every member before the provider is asked to begin it.
"""

from contextlib import suppress

from connvo.kernel.errors import FunctionError, ServiceUnavailable
from connvo.model.access import require_member
from connvo.model.past_answers import files_of_hosts
from connvo.model.recordings.control import Outcome, Task, begin_recording, begin_stop, note_outcome, stopped_recording
from connvo.model.recordings.reconciliation import look
from connvo.model.recordings.views import RecordingEntry, StartedRecording, StoppedRecording
from connvo.model.rooms import placement
from connvo.model.rooms.getstream_access import StreamSeat, find_seat, take_seat
from connvo.model.rooms.views import StreamToken
from connvo.providers.rooms.base import Access, RoomError
from connvo.providers.rooms.factory import room_provider
from connvo.rules.providers import GETSTREAM
from connvo.rules.recording_states import RecordingConfig
from connvo.runtime.context import ActionCtx, QueryCtx
from connvo.runtime.function import action, query, rechecked
from connvo.schema.meetings import MeetingId
from connvo.schema.recordings import MeetingRecording

MS = 1000.0
MAX_LISTED = 100
# After these the provider has certainly not begun; after any other it may have.
SURELY_NOT = ("refused", "rate_limited")


@action
async def generate_participant_token_public(
    ctx: ActionCtx, meeting_id: MeetingId, role: str | None = None
) -> StreamToken:
    """Return a token for the meeting's call at GetStream, and who the caller is there. For members who have joined.

    Observers get none. It opens this one call, for minutes; the role is that of the membership, whatever `role` says.
    """
    place = await ctx.run_mutation(take_seat, meeting_id=meeting_id)
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
    """Begin to record an active meeting. For hosts. Every member sees it in `getRecordings`, from before it begins.

    Where the room's provider cannot record, this is UNSUPPORTED_BY_PROVIDER. When the provider fails, the recording has
    failed, too, or is being stopped in case it has begun after all.
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
    with suppress(RoomError):  # it has been asked to, and will be asked whether it has
        if await provider.is_recording(task.room):
            await ctx.run_mutation(note_outcome, recording_id=task.id, outcome="began")
    return StartedRecording(recording_id=task.id, success=True)


@action
async def stop_recording(ctx: ActionCtx, meeting_id: MeetingId, recording_id: str | None = None) -> StoppedRecording:
    """Stop a recording, the running one unless another is named, and return how it stands. For hosts.

    `success` is false when the provider could not be told; the stop is then tried again until it can or time is up.
    Stopping what has stopped returns its file and duration.
    """
    task = await ctx.run_mutation(begin_stop, meeting_id=meeting_id, recording_id=recording_id)
    told = await look(ctx, recording_id=task.id)
    return await ctx.run_query(stopped_recording, recording_id=task.id, told=told)


@rechecked(files_of_hosts)
@query
def get_recordings(ctx: QueryCtx, meeting_id: MeetingId) -> list[RecordingEntry]:
    """Return the recordings of a meeting, the newest first, 100 at most. For members; only hosts see files."""
    _, member = require_member(ctx, meeting_id)
    host = member.role == "host"
    found = ctx.db.scan(MeetingRecording, "by_meeting", meeting_id, reverse=True, limit=MAX_LISTED)
    return [_entry(recording, host) for recording in found]


def _entry(recording: MeetingRecording, host: bool) -> RecordingEntry:
    return RecordingEntry(
        id=recording.id,
        state=recording.state,
        provider=recording.provider,
        since=recording.since,
        requested_at=recording.requested_at,
        requested_by=recording.requested_by,
        started_at=recording.started_at,
        ended_at=recording.ended_at,
        reason=recording.reason,
        files=list(recording.files) if host else None,
    )


async def _enter(ctx: ActionCtx, place: StreamSeat) -> Access:
    provider = room_provider(ctx.settings, GETSTREAM)
    await provider.open(place.room)
    return await provider.enter(place.room, place.seat)


async def _check_again(ctx: ActionCtx, meeting_id: MeetingId, place: StreamSeat) -> None:
    """Act on what changed while GetStream was asked: a member removed, another role, a room that moved."""
    try:
        now = await ctx.run_query(find_seat, meeting_id=meeting_id)
        if now.generation != place.generation:
            raise ServiceUnavailable("The room has moved meanwhile: ask again", reason="moved")
    except FunctionError:
        await room_provider(ctx.settings, GETSTREAM).remove(place.room, place.seat.user_id)
        raise
    if now.seat.host != place.seat.host:
        await room_provider(ctx.settings, GETSTREAM).set_host(place.room, place.seat.user_id, now.seat.host)


async def _note_failure(ctx: ActionCtx, task: Task, error: RoomError, begun: bool) -> None:
    outcome: Outcome = "stop_asked" if begun else "given_up"
    await ctx.run_mutation(note_outcome, recording_id=task.id, outcome=outcome, reason=error.reason)
