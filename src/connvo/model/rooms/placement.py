"""Placement of meeting rooms at providers, and their moves from one to another.

Guarantees:
    A move is visible to all members in one commit.
    Each decision about a room is taken once per generation.
    Provider calls are jobs scheduled in the transaction that decides on them.
    No room waits for a provider longer than twice `OVERDUE_SECONDS`. By then it is ready, has moved, or is closed with
    a reason and a scheduled retry.
"""

from connvo.model import provider_health
from connvo.model.history import failures, timeline
from connvo.model.meetings.room_ids import find_room, media_room, room_id, room_id_at
from connvo.model.recordings import records
from connvo.providers.rooms.base import OPEN_SECONDS, MediaRoom, Reason, RoomError
from connvo.providers.rooms.factory import room_provider
from connvo.rules import room_placement
from connvo.rules.providers import MESH, Provider
from connvo.rules.room_placement import ANNOUNCED_MS, retry_seconds
from connvo.runtime.context import ActionCtx, MutationCtx, QueryCtx
from connvo.runtime.function import internal_action, internal_mutation, internal_query
from connvo.schema.meetings import Meeting, MeetingId, Participant
from connvo.schema.rooms import OpenState
from connvo.telemetry.instruments import ROOM_CLOSINGS, ROOM_MOVES

from . import eviction
from .placement_row import NOT_ANNOUNCED, Changes, placement_of, save

MS = 1000.0
# A job that opens a room may be lost with its node: after this time it is scheduled once more.
OVERDUE_SECONDS = OPEN_SECONDS + 2.0
GROWTH_RETRY_SECONDS = 15.0
NOT_IN_TIME = "it did not open the room in time"


def begin(ctx: MutationCtx, meeting: Meeting) -> None:
    """Schedule the opening of the room of a meeting that starts, unless it is a mesh."""
    if meeting.provider != MESH:
        save(ctx, meeting, state="opening", reason=None, since=ctx.now)
        _schedule_open(ctx, meeting)


def begin_again(ctx: MutationCtx, meeting: Meeting) -> Meeting:
    """Schedule the opening of a next-generation room for a meeting that reopens; return the meeting.

    The provider is closing its last room, so that id cannot be used again.
    """
    generation = meeting.generation + 1
    at = room_id_at(meeting, meeting.provider, generation)
    meeting = ctx.db.patch(meeting, generation=generation, room_id=at, updated_at=ctx.now)
    set_up = find_room(ctx, meeting.id)
    if set_up is not None:
        ctx.db.patch(set_up, room_id=at, updated_at=ctx.now)
    begin(ctx, meeting)
    return meeting


def finish(ctx: MutationCtx, meeting: Meeting) -> None:
    """Schedule the closing of the room of a meeting that is over, and of a room prepared for a move."""
    current = placement_of(ctx, meeting.id)
    eviction.end_room(ctx, meeting.id, meeting.provider, room_id(meeting))
    if current is not None:
        if current.announced is not None:
            at = room_id_at(meeting, current.announced, meeting.generation + 1)
            eviction.end_room(ctx, meeting.id, current.announced, at)
        ctx.db.delete(current)


def move_room(
    ctx: MutationCtx, meeting: Meeting, provider: Provider, reason: str, tried: tuple[Provider, ...] = ()
) -> Meeting:
    """Move the room of a meeting to another provider under a new id and the next generation; return the meeting.

    The room is ready at once if it is a mesh or was prepared after an announcement; otherwise its opening is scheduled.
    """
    ctx.record(ROOM_MOVES, left=meeting.provider, reached=provider)
    current = placement_of(ctx, meeting.id)
    prepared = current is not None and current.announced == provider and current.prepared
    left: Changes = {"left": meeting.provider, "left_room": room_id(meeting)}
    eviction.end_room(ctx, meeting.id, meeting.provider, room_id(meeting), eviction.AFTER_MOVE_SECONDS)
    generation = meeting.generation + 1
    at = room_id_at(meeting, provider, generation)
    meeting = ctx.db.patch(meeting, provider=provider, generation=generation, room_id=at, updated_at=ctx.now)
    records.stop_live(ctx, meeting.id, "room_moved")
    set_up = find_room(ctx, meeting.id)
    if set_up is not None:
        ctx.db.patch(set_up, provider=provider, room_id=at, updated_at=ctx.now)
    state: OpenState = "ready" if provider == MESH or prepared else "opening"
    changes: Changes = {"state": state, "reason": reason, "since": ctx.now, "tried": tried, "tries": 0}
    save(ctx, meeting, **(changes | left | NOT_ANNOUNCED))
    if state == "opening":
        _schedule_open(ctx, meeting)
    for member in ctx.db.scan(Participant, "by_meeting_presence", meeting.id, "joined"):
        timeline.note(ctx, meeting, member.user_id, "moved", reason=reason)
        failures.clear_mark(ctx, member)
    return meeting


def close_for_now(ctx: MutationCtx, meeting: Meeting, reason: str) -> None:
    """Mark the room closed and schedule a retry."""
    current = placement_of(ctx, meeting.id)
    if current is not None and current.state == "closed":
        return
    _close(ctx, meeting, reason)


def on_growth(ctx: MutationCtx, meeting: Meeting, joined: int) -> None:
    """Announce the move of a mesh that has grown past its limit, if a healthy provider can take it."""
    current = placement_of(ctx, meeting.id)
    if current is not None and current.announced is not None:
        return
    limit = ctx.settings.meetings.mesh_participants
    target = room_placement.on_growth(meeting.provider, joined, limit, provider_health.healthy_providers(ctx))
    if target is None:
        return
    reason = f"With {joined} people the meeting is too large for peer-to-peer media"
    changes: Changes = {"announced": target, "announced_at": ctx.now + ANNOUNCED_MS, "announced_reason": reason}
    if current is None:
        changes |= {"state": "ready", "since": meeting.started_at or ctx.now}
    save(ctx, meeting, **changes)
    _schedule_preparation(ctx, meeting, target, again=True)


def room_failed(ctx: MutationCtx, meeting: Meeting, why: str) -> None:
    """Move a room that its provider could not open, or close it and schedule a retry."""
    current = placement_of(ctx, meeting.id)
    tried = (*(() if current is None else current.tried), meeting.provider)
    joined = joined_now(ctx, meeting)
    target = room_placement.on_failed_opening(tried, joined, ctx.settings.meetings.mesh_participants, _choices(ctx))
    reason = f"{meeting.provider} cannot be used: {why}"
    if target is not None:
        move_room(ctx, meeting, target, reason, tried)
    else:
        _close(ctx, meeting, reason)


def joined_now(ctx: QueryCtx, meeting: Meeting) -> int:
    """Return the number of joined members, up to the cap."""
    return ctx.db.count(Participant, "by_meeting_presence", meeting.id, "joined", limit=meeting.cap)


@internal_query
def room_to_open(ctx: QueryCtx, meeting_id: MeetingId, generation: int, provider: Provider) -> MediaRoom | None:
    """Return the room of the present or the next generation; None if it no longer needs opening."""
    meeting = ctx.db.get(Meeting, meeting_id)
    if meeting is None or meeting.state != "active":
        return None
    current = placement_of(ctx, meeting_id)
    if meeting.generation == generation and meeting.provider == provider:
        return None if current is not None and current.state == "ready" else media_room(meeting)
    if meeting.generation + 1 == generation and current is not None and current.announced == provider:
        return media_room(meeting, room_id_at(meeting, provider, generation))
    return None


@internal_action
async def open_room(ctx: ActionCtx, meeting_id: MeetingId, generation: int, provider: Provider) -> None:
    """Open the present room at its provider and record the outcome."""
    room = await ctx.run_query(room_to_open, meeting_id=meeting_id, generation=generation, provider=provider)
    if room is None:
        return
    failure = await _open(ctx, provider, room)
    if failure is None:
        await ctx.run_mutation(opened, meeting_id=meeting_id, generation=generation)
    else:
        await ctx.run_mutation(
            open_failed,
            meeting_id=meeting_id,
            generation=generation,
            provider=provider,
            reason=failure.reason,
            message=failure.message,
        )


@internal_mutation
def opened(ctx: MutationCtx, meeting_id: MeetingId, generation: int) -> None:
    """Mark a room that its provider has opened as ready, unless it has moved meanwhile."""
    meeting = _active_at(ctx, meeting_id, generation)
    if meeting is None:
        return
    provider_health.note_success(ctx, meeting.provider)
    current = placement_of(ctx, meeting_id)
    if current is None or current.state != "ready":
        save(ctx, meeting, state="ready", since=ctx.now, tried=(), tries=0)


@internal_mutation
def open_failed(
    ctx: MutationCtx, meeting_id: MeetingId, generation: int, provider: Provider, reason: Reason, message: str
) -> None:
    """Handle a room that its provider could not open, unless it is ready or has moved meanwhile."""
    provider_health.note_failure(ctx, provider, reason)
    meeting = _active_at(ctx, meeting_id, generation)
    if meeting is not None and not _is_ready(ctx, meeting_id):
        room_failed(ctx, meeting, message)


@internal_mutation
def open_timed_out(ctx: MutationCtx, meeting_id: MeetingId, generation: int, again: bool) -> None:
    """Retry a timed-out open once, as its node may have died; without `again`, treat it as failed."""
    meeting = _active_at(ctx, meeting_id, generation)
    current = placement_of(ctx, meeting_id)
    if meeting is None or current is None or current.state != "opening":
        return
    if again:
        _schedule_open(ctx, meeting, again=False)
    else:
        provider_health.note_failure(ctx, meeting.provider, "slow")
        room_failed(ctx, meeting, NOT_IN_TIME)


@internal_mutation
def reopen(ctx: MutationCtx, meeting_id: MeetingId, generation: int) -> None:
    """Retry a closed room: at another provider if one has become available, or else at its own."""
    meeting = _active_at(ctx, meeting_id, generation)
    current = placement_of(ctx, meeting_id)
    if meeting is None or current is None or current.state != "closed":
        return
    limit, joined = ctx.settings.meetings.mesh_participants, joined_now(ctx, meeting)
    target = room_placement.on_failed_opening((meeting.provider,), joined, limit, _choices(ctx))
    if target is not None:
        move_room(ctx, meeting, target, current.reason or "")
        return
    _try_again_later(ctx, meeting)
    ctx.scheduler.run_after(
        0, open_room, meeting_id=meeting.id, generation=meeting.generation, provider=meeting.provider
    )


@internal_action
async def prepare_move(ctx: ActionCtx, meeting_id: MeetingId, generation: int, provider: Provider) -> None:
    """Open the room of an announced move before members move."""
    room = await ctx.run_query(room_to_open, meeting_id=meeting_id, generation=generation, provider=provider)
    if room is None:
        return
    failure = await _open(ctx, provider, room)
    if failure is None:
        await ctx.run_mutation(prepared, meeting_id=meeting_id, generation=generation)
    else:
        await ctx.run_mutation(
            not_prepared, meeting_id=meeting_id, generation=generation, provider=provider, reason=failure.reason
        )


@internal_mutation
def prepared(ctx: MutationCtx, meeting_id: MeetingId, generation: int) -> None:
    """Schedule the announced move at its announced time."""
    meeting = _active_at(ctx, meeting_id, generation - 1)
    current = placement_of(ctx, meeting_id)
    if meeting is None or current is None or current.announced is None:
        return
    provider_health.note_success(ctx, current.announced)
    ctx.db.patch(current, prepared=True)
    ctx.scheduler.run_at(
        max(current.announced_at, ctx.now), carry_out_move, meeting_id=meeting_id, generation=generation
    )


@internal_mutation
def carry_out_move(ctx: MutationCtx, meeting_id: MeetingId, generation: int) -> None:
    """Carry out the announced move."""
    meeting = _active_at(ctx, meeting_id, generation - 1)
    current = placement_of(ctx, meeting_id)
    if meeting is not None and current is not None and current.announced is not None and current.prepared:
        move_room(ctx, meeting, current.announced, current.announced_reason or "")


@internal_mutation
def not_prepared(ctx: MutationCtx, meeting_id: MeetingId, generation: int, provider: Provider, reason: Reason) -> None:
    """Withdraw the announcement and schedule another attempt; the mesh continues meanwhile."""
    provider_health.note_failure(ctx, provider, reason)
    _withdraw_announcement(ctx, meeting_id, generation)


@internal_mutation
def preparation_timed_out(ctx: MutationCtx, meeting_id: MeetingId, generation: int, again: bool) -> None:
    """Retry a timed-out preparation once; without `again`, withdraw the announcement."""
    meeting = _active_at(ctx, meeting_id, generation - 1)
    current = placement_of(ctx, meeting_id)
    if meeting is None or current is None or current.announced is None or current.prepared:
        return
    if again:
        _schedule_preparation(ctx, meeting, current.announced, again=False)
    else:
        _withdraw_announcement(ctx, meeting_id, generation)


@internal_mutation
def grow_again(ctx: MutationCtx, meeting_id: MeetingId, generation: int) -> None:
    """Announce a failed move again if the mesh is still too large."""
    meeting = _active_at(ctx, meeting_id, generation - 1)
    if meeting is None:
        return
    on_growth(ctx, meeting, joined_now(ctx, meeting))
    current = placement_of(ctx, meeting_id)
    if current is not None and current.announced is None:
        _grow_again_later(ctx, meeting, generation)


async def _open(ctx: ActionCtx, provider: Provider, room: MediaRoom) -> RoomError | None:
    try:
        await room_provider(ctx.settings, provider).open(room)
    except RoomError as error:
        return error
    return None


def _withdraw_announcement(ctx: MutationCtx, meeting_id: MeetingId, generation: int) -> None:
    meeting = _active_at(ctx, meeting_id, generation - 1)
    current = placement_of(ctx, meeting_id)
    if meeting is None or current is None or current.announced is None:
        return
    ctx.db.patch(current, **NOT_ANNOUNCED)
    _grow_again_later(ctx, meeting, generation)


def _grow_again_later(ctx: MutationCtx, meeting: Meeting, generation: int) -> None:
    if joined_now(ctx, meeting) > ctx.settings.meetings.mesh_participants:
        ctx.scheduler.run_after(GROWTH_RETRY_SECONDS, grow_again, meeting_id=meeting.id, generation=generation)


def _schedule_open(ctx: MutationCtx, meeting: Meeting, again: bool = True) -> None:
    generation = meeting.generation
    ctx.scheduler.run_after(0, open_room, meeting_id=meeting.id, generation=generation, provider=meeting.provider)
    ctx.scheduler.run_after(OVERDUE_SECONDS, open_timed_out, meeting_id=meeting.id, generation=generation, again=again)


def _schedule_preparation(ctx: MutationCtx, meeting: Meeting, provider: Provider, again: bool) -> None:
    generation = meeting.generation + 1
    ctx.scheduler.run_after(0, prepare_move, meeting_id=meeting.id, generation=generation, provider=provider)
    ctx.scheduler.run_after(
        OVERDUE_SECONDS, preparation_timed_out, meeting_id=meeting.id, generation=generation, again=again
    )


def _close(ctx: MutationCtx, meeting: Meeting, reason: str) -> None:
    """Close a room and schedule a retry; of a closed room, update the reason alone: its retry is scheduled."""
    current = placement_of(ctx, meeting.id)
    if current is not None and current.state == "closed":
        save(ctx, meeting, reason=reason, tried=())
        return
    ctx.record(ROOM_CLOSINGS, provider=meeting.provider)
    save(ctx, meeting, state="closed", reason=reason, since=ctx.now, tried=())
    _try_again_later(ctx, meeting)


def _try_again_later(ctx: MutationCtx, meeting: Meeting) -> None:
    current = placement_of(ctx, meeting.id)
    tries = 0 if current is None else current.tries
    save(ctx, meeting, tries=tries + 1)
    ctx.scheduler.run_after(retry_seconds(tries), reopen, meeting_id=meeting.id, generation=meeting.generation)


def _choices(ctx: QueryCtx) -> frozenset[Provider]:
    return provider_health.healthy_providers(ctx) | {MESH}


def _active_at(ctx: QueryCtx, meeting_id: MeetingId, generation: int) -> Meeting | None:
    """Return the meeting if it is active and its room is of this generation."""
    meeting = ctx.db.get(Meeting, meeting_id)
    fits = meeting is not None and meeting.state == "active" and meeting.generation == generation
    return meeting if fits else None


def _is_ready(ctx: QueryCtx, meeting_id: MeetingId) -> bool:
    current = placement_of(ctx, meeting_id)
    return current is not None and current.state == "ready"
