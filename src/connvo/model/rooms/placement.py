"""How the room of a meeting comes to a provider, and from one to another.

Promises: everybody sees a move in one commit; each decision about a room is taken once per generation; what a
provider has to do for it leaves as a job of the same transaction; and no room waits for a provider longer than twice
`OVERDUE_SECONDS`: by then it is ready, elsewhere, or closed with a reason and tried again.
"""

from typing import Any

from connvo.model import provider_health
from connvo.model.history import timeline
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
from connvo.schema.rooms import RoomPlacement
from connvo.telemetry.instruments import ROOM_CLOSINGS, ROOM_MOVES

from . import eviction

MS = 1000.0
# A job that opens a room may be lost with its node: so long after, it is sent once more.
OVERDUE_SECONDS = OPEN_SECONDS + 2.0
GROWTH_RETRY_SECONDS = 15.0
NOT_IN_TIME = "it did not open the room in time"


def placement_of(ctx: QueryCtx, meeting_id: MeetingId) -> RoomPlacement | None:
    """Return how a meeting's room stands; None while there is nothing to say, as with a mesh that was never moved."""
    return ctx.db.first(RoomPlacement, "by_meeting", meeting_id)


def begin(ctx: MutationCtx, meeting: Meeting) -> None:
    """Have the room of a meeting that starts opened, where its provider needs that."""
    if meeting.provider != MESH:
        _save(ctx, meeting, state="opening", reason=None, since=ctx.now)
        _schedule_open(ctx, meeting)


def begin_again(ctx: MutationCtx, meeting: Meeting) -> Meeting:
    """Have a room of the next generation opened for a meeting that opens again; return the meeting.

    Its last room is being ended at the provider, so its id cannot be used again.
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
    """Have the room of a meeting that is over ended at its provider, also one it was about to move to."""
    course = placement_of(ctx, meeting.id)
    eviction.end_room(ctx, meeting.id, meeting.provider, room_id(meeting))
    if course is not None:
        if course.announced is not None:
            at = room_id_at(meeting, course.announced, meeting.generation + 1)
            eviction.end_room(ctx, meeting.id, course.announced, at)
        ctx.db.delete(course)


def move_room(
    ctx: MutationCtx, meeting: Meeting, provider: Provider, reason: str, tried: tuple[Provider, ...] = ()
) -> Meeting:
    """Return the meeting with its room at another provider: a new id, the next generation, for everybody at once.

    The room is ready at once on the mesh, and where it was opened after an announcement; else it opens now.
    """
    ctx.record(ROOM_MOVES, left=meeting.provider, reached=provider)
    course = placement_of(ctx, meeting.id)
    prepared = course is not None and course.announced == provider and course.prepared
    left = {"left": meeting.provider, "left_room": room_id(meeting)}
    eviction.end_room(ctx, meeting.id, meeting.provider, room_id(meeting), eviction.AFTER_MOVE_SECONDS)
    generation = meeting.generation + 1
    at = room_id_at(meeting, provider, generation)
    meeting = ctx.db.patch(meeting, provider=provider, generation=generation, room_id=at, updated_at=ctx.now)
    records.stop_live(ctx, meeting.id, "room_moved")
    set_up = find_room(ctx, meeting.id)
    if set_up is not None:
        ctx.db.patch(set_up, provider=provider, room_id=at, updated_at=ctx.now)
    state = "ready" if provider == MESH or prepared else "opening"
    _save(ctx, meeting, state=state, reason=reason, since=ctx.now, tried=tried, tries=0, **left, **_NOT_ANNOUNCED)
    if state == "opening":
        _schedule_open(ctx, meeting)
    for member in ctx.db.scan(Participant, "by_meeting_presence", meeting.id, "joined"):
        timeline.note(ctx, meeting, member.user_id, "moved", reason=reason)
    return meeting


def close_for_now(ctx: MutationCtx, meeting: Meeting, reason: str) -> None:
    """Take note that nobody can be in the room, which cannot move either; it is opened again as soon as possible."""
    course = placement_of(ctx, meeting.id)
    if course is not None and course.state == "closed":
        return
    _close(ctx, meeting, reason)


def on_growth(ctx: MutationCtx, meeting: Meeting, joined: int) -> None:
    """Announce the move of a mesh that has become too large for one, if there is somewhere to move to."""
    course = placement_of(ctx, meeting.id)
    if course is not None and course.announced is not None:
        return
    limit = ctx.settings.meetings.mesh_participants
    target = room_placement.on_growth(meeting.provider, joined, limit, provider_health.healthy_providers(ctx))
    if target is None:
        return
    reason = f"With {joined} people the meeting is too large to go from peer to peer"
    state: dict[str, Any] = {} if course is not None else {"state": "ready", "since": meeting.started_at or ctx.now}
    announcement = {"announced": target, "announced_at": ctx.now + ANNOUNCED_MS, "announced_reason": reason}
    _save(ctx, meeting, **state, **announcement)
    _schedule_preparation(ctx, meeting, target, again=True)


def room_failed(ctx: MutationCtx, meeting: Meeting, why: str) -> None:
    """Decide about a room that its provider does not have ready: elsewhere, or closed and tried again."""
    course = placement_of(ctx, meeting.id)
    tried = (*(() if course is None else course.tried), meeting.provider)
    joined = joined_now(ctx, meeting)
    target = room_placement.on_failed_opening(tried, joined, ctx.settings.meetings.mesh_participants, _choices(ctx))
    reason = f"{meeting.provider} cannot be used: {why}"
    if target is not None:
        move_room(ctx, meeting, target, reason, tried)
    else:
        _close(ctx, meeting, reason)


def joined_now(ctx: QueryCtx, meeting: Meeting) -> int:
    """Return how many people are in the meeting."""
    return ctx.db.count(Participant, "by_meeting_presence", meeting.id, "joined", limit=meeting.cap)


@internal_query
def room_to_open(ctx: QueryCtx, meeting_id: MeetingId, generation: int, provider: Provider) -> MediaRoom | None:
    """Return the room of a generation, the present or the next one, unless there is no use in opening it any more."""
    meeting = ctx.db.get(Meeting, meeting_id)
    if meeting is None or meeting.state != "active":
        return None
    course = placement_of(ctx, meeting_id)
    if meeting.generation == generation and meeting.provider == provider:
        return None if course is not None and course.state == "ready" else media_room(meeting)
    if meeting.generation + 1 == generation and course is not None and course.announced == provider:
        return media_room(meeting, room_id_at(meeting, provider, generation))
    return None


@internal_action
async def open_room(ctx: ActionCtx, meeting_id: MeetingId, generation: int, provider: Provider) -> None:
    """Open the present room at its provider and say what came of it."""
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
    """Let people into a room that its provider has opened; a decision taken meanwhile stands."""
    meeting = _active_at(ctx, meeting_id, generation)
    if meeting is None:
        return
    provider_health.note_success(ctx, meeting.provider)
    course = placement_of(ctx, meeting_id)
    if course is None or course.state != "ready":
        _save(ctx, meeting, state="ready", since=ctx.now, tried=(), tries=0)


@internal_mutation
def open_failed(
    ctx: MutationCtx, meeting_id: MeetingId, generation: int, provider: Provider, reason: Reason, message: str
) -> None:
    """Decide about a room that its provider did not open, unless that has been decided."""
    provider_health.note_failure(ctx, provider, reason)
    meeting = _active_at(ctx, meeting_id, generation)
    if meeting is not None and not _is_ready(ctx, meeting_id):
        room_failed(ctx, meeting, message)


@internal_mutation
def open_timed_out(ctx: MutationCtx, meeting_id: MeetingId, generation: int, again: bool) -> None:
    """Have a room opened `again` of which nobody heard, as its node may have died; decide about it the second time."""
    meeting = _active_at(ctx, meeting_id, generation)
    course = placement_of(ctx, meeting_id)
    if meeting is None or course is None or course.state != "opening":
        return
    if again:
        _schedule_open(ctx, meeting, again=False)
    else:
        provider_health.note_failure(ctx, meeting.provider, "slow")
        room_failed(ctx, meeting, NOT_IN_TIME)


@internal_mutation
def reopen(ctx: MutationCtx, meeting_id: MeetingId, generation: int) -> None:
    """Try a closed room again: at its provider, or elsewhere if that has become possible."""
    meeting = _active_at(ctx, meeting_id, generation)
    course = placement_of(ctx, meeting_id)
    if meeting is None or course is None or course.state != "closed":
        return
    limit, joined = ctx.settings.meetings.mesh_participants, joined_now(ctx, meeting)
    target = room_placement.on_failed_opening((meeting.provider,), joined, limit, _choices(ctx))
    if target is not None:
        move_room(ctx, meeting, target, course.reason or "")
        return
    _try_again_later(ctx, meeting)
    ctx.scheduler.run_after(
        0, open_room, meeting_id=meeting.id, generation=meeting.generation, provider=meeting.provider
    )


@internal_action
async def prepare_move(ctx: ActionCtx, meeting_id: MeetingId, generation: int, provider: Provider) -> None:
    """Open the room that an announcement names, before anybody moves."""
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
    """Have the announced move carried out when its time has come."""
    meeting = _active_at(ctx, meeting_id, generation - 1)
    course = placement_of(ctx, meeting_id)
    if meeting is None or course is None or course.announced is None:
        return
    provider_health.note_success(ctx, course.announced)
    ctx.db.patch(course, prepared=True)
    ctx.scheduler.run_at(
        max(course.announced_at, ctx.now), carry_out_move, meeting_id=meeting_id, generation=generation
    )


@internal_mutation
def carry_out_move(ctx: MutationCtx, meeting_id: MeetingId, generation: int) -> None:
    """Move everybody to where it was announced."""
    meeting = _active_at(ctx, meeting_id, generation - 1)
    course = placement_of(ctx, meeting_id)
    if meeting is not None and course is not None and course.announced is not None and course.prepared:
        move_room(ctx, meeting, course.announced, course.announced_reason or "")


@internal_mutation
def not_prepared(ctx: MutationCtx, meeting_id: MeetingId, generation: int, provider: Provider, reason: Reason) -> None:
    """Take the announcement back: the mesh goes on as well as it can, and the move is tried again later."""
    provider_health.note_failure(ctx, provider, reason)
    _withdraw_announcement(ctx, meeting_id, generation)


@internal_mutation
def preparation_timed_out(ctx: MutationCtx, meeting_id: MeetingId, generation: int, again: bool) -> None:
    """Have an announced move prepared `again` of which nobody heard; take the announcement back the second time."""
    meeting = _active_at(ctx, meeting_id, generation - 1)
    course = placement_of(ctx, meeting_id)
    if meeting is None or course is None or course.announced is None or course.prepared:
        return
    if again:
        _schedule_preparation(ctx, meeting, course.announced, again=False)
    else:
        _withdraw_announcement(ctx, meeting_id, generation)


@internal_mutation
def grow_again(ctx: MutationCtx, meeting_id: MeetingId, generation: int) -> None:
    """Announce the move of a mesh again that could not be carried out, if it is still too large."""
    meeting = _active_at(ctx, meeting_id, generation - 1)
    if meeting is None:
        return
    on_growth(ctx, meeting, joined_now(ctx, meeting))
    course = placement_of(ctx, meeting_id)
    if course is not None and course.announced is None:
        _grow_again_later(ctx, meeting, generation)


async def _open(ctx: ActionCtx, provider: Provider, room: MediaRoom) -> RoomError | None:
    try:
        await room_provider(ctx.settings, provider).open(room)
    except RoomError as error:
        return error
    return None


def _withdraw_announcement(ctx: MutationCtx, meeting_id: MeetingId, generation: int) -> None:
    meeting = _active_at(ctx, meeting_id, generation - 1)
    course = placement_of(ctx, meeting_id)
    if meeting is None or course is None or course.announced is None:
        return
    ctx.db.patch(course, **_NOT_ANNOUNCED)
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
    """Close a room. One that is closed already has its next try before it, and stays as it is but for the reason."""
    course = placement_of(ctx, meeting.id)
    if course is not None and course.state == "closed":
        _save(ctx, meeting, reason=reason, tried=())
        return
    ctx.record(ROOM_CLOSINGS, provider=meeting.provider)
    _save(ctx, meeting, state="closed", reason=reason, since=ctx.now, tried=())
    _try_again_later(ctx, meeting)


def _try_again_later(ctx: MutationCtx, meeting: Meeting) -> None:
    course = placement_of(ctx, meeting.id)
    tries = 0 if course is None else course.tries
    _save(ctx, meeting, tries=tries + 1)
    ctx.scheduler.run_after(retry_seconds(tries), reopen, meeting_id=meeting.id, generation=meeting.generation)


def _choices(ctx: QueryCtx) -> frozenset[Provider]:
    return provider_health.healthy_providers(ctx) | {MESH}


def _active_at(ctx: QueryCtx, meeting_id: MeetingId, generation: int) -> Meeting | None:
    """Return the meeting if it is active and its room is still of this generation."""
    meeting = ctx.db.get(Meeting, meeting_id)
    fits = meeting is not None and meeting.state == "active" and meeting.generation == generation
    return meeting if fits else None


def _is_ready(ctx: QueryCtx, meeting_id: MeetingId) -> bool:
    course = placement_of(ctx, meeting_id)
    return course is not None and course.state == "ready"


_NOT_ANNOUNCED: dict[str, Any] = {
    "announced": None,
    "announced_at": 0.0,
    "announced_reason": None,
    "prepared": False,
}


def _save(ctx: MutationCtx, meeting: Meeting, **changes: Any) -> None:
    held = placement_of(ctx, meeting.id)
    if held is not None:
        ctx.db.patch(held, **changes)
    else:
        ctx.db.insert(RoomPlacement(meeting_id=meeting.id, **changes))
