"""Reconciliation of recordings with their providers until each is over, as a webhook or a node may be lost.

The sweep finds recordings that are due and checks each in a job of its own, so a slow provider delays no other.
"""

from connvo.providers.rooms.base import RoomError, RoomProvider
from connvo.providers.rooms.factory import room_provider
from connvo.runtime.context import ActionCtx, MutationCtx
from connvo.runtime.function import every, internal_action, internal_mutation
from connvo.schema.recordings import MeetingRecording, RecordingFile, RecordingId

from .control import Task, is_live, settle, task_of

SWEEP_SECONDS = 5.0
SWEEP_BATCH = 50
# Longer than a check takes: a check that its node did not survive runs again.
CLAIM_MS = 20_000.0


@every(seconds=SWEEP_SECONDS)
@internal_mutation
def schedule_checks(ctx: MutationCtx) -> None:
    """Schedule a check of every recording that is due."""
    for recording in ctx.db.scan(MeetingRecording, "by_due", False, until=ctx.now, limit=SWEEP_BATCH):
        ctx.db.patch(recording, due_at=ctx.now + CLAIM_MS)
        ctx.scheduler.run_after(0, look, recording_id=recording.id)


@internal_action
async def look(ctx: ActionCtx, recording_id: RecordingId) -> bool:
    """Check one recording at its provider, repeat a requested stop, and record the result.

    Return whether the provider answered.
    """
    task = await ctx.run_query(task_of, recording_id=recording_id)
    if task is None:
        return True
    try:
        running, files = await ask(room_provider(ctx.settings, task.provider), task)
    except RoomError as error:
        await ctx.run_mutation(settle, recording_id=recording_id, problem=error.reason)
        return False
    await ctx.run_mutation(settle, recording_id=recording_id, running=running, files=files)
    return True


async def ask(provider: RoomProvider, task: Task) -> tuple[bool, list[RecordingFile]]:
    """Return whether a provider records a room, and its files of the room.

    Raises:
        RoomError: The provider did not answer, or refused.
    """
    if task.state == "stopping":
        await provider.stop_recording(task.room)
    running = await provider.is_recording(task.room) if is_live(task) else False
    files = [] if running else await provider.recordings(task.room)
    return running, [
        RecordingFile(name=one.id, started_at=one.started_at, ended_at=one.ended_at, url=one.url, bytes=one.bytes)
        for one in files
    ]
