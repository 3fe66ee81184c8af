"""Signs of life, and what becomes of members who give none.

The grace counts from the last sign of life. After `lost_after` a member's sessions are disconnected, and come back
as they were with the next sign; after `closed_after` they close and the member has left the call.
"""

from ....domain.presence import silence
from ....runtime.context import MutationCtx
from ....runtime.function import every, internal_mutation
from ....schema.meetings import Meeting, MeetingId
from ....schema.users import UserId
from ....schema.webrtc import Sighting
from ..._shared import departure, roster, sessions, sightings

LOOK_SECONDS = 5.0
LOOK_BATCH = 200
# One transaction at the start takes so many; more people than that are not in calls on one server.
MOST_RENEWED = 10_000
MS = 1000.0
SILENT = "no_sign_of_life"
# By then the closing has run; if it failed, it is tried again.
CLOSING_MS = 30_000.0


@internal_mutation
def sighted(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Notes a sign of life of a member in the call, and brings back the sessions that silence had disconnected."""
    if sightings.find(ctx, meeting_id, user_id) is None:
        return
    sightings.see(ctx, meeting_id, user_id)
    for session in sessions.open_sessions_of(ctx, meeting_id, user_id):
        sessions.revive(ctx, session)


@internal_mutation
def begin_listening(ctx: MutationCtx) -> None:
    """Lets everybody's grace begin now, for a server that starts: while there was none, nobody could be heard."""
    sightings.renew(ctx, MOST_RENEWED)


@every(seconds=LOOK_SECONDS)
@internal_mutation
def look_for_silence(ctx: MutationCtx) -> None:
    """Disconnects the sessions of members who fell silent, and has those closed who stay so; a batch at a time."""
    due = sightings.due(ctx, LOOK_BATCH)
    for sighting in due:
        _judge(ctx, sighting)
    if len(due) == LOOK_BATCH:
        ctx.scheduler.run_after(0, look_for_silence)


@internal_mutation
def close_silent(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Closes a member's sessions and takes the member out of the call, unless there was a sign of life meanwhile."""
    sighting = sightings.find(ctx, meeting_id, user_id)
    if sighting is None or _silence(ctx, sighting) != "gone":
        return
    for session in sessions.open_sessions_of(ctx, meeting_id, user_id):
        sessions.close(ctx, session, SILENT)
    meeting = ctx.db.get(Meeting, meeting_id)
    member = roster.member_of(ctx, meeting_id, user_id)
    if meeting is not None and member is not None:
        departure.depart(ctx, meeting, member, SILENT)
    sightings.forget(ctx, meeting_id, user_id)


def _judge(ctx: MutationCtx, sighting: Sighting) -> None:
    limits = ctx.settings.signals
    mine = sessions.open_sessions_of(ctx, sighting.meeting_id, sighting.user_id)
    state = _silence(ctx, sighting)
    if not mine and not _is_in(ctx, sighting):
        ctx.db.delete(sighting)
    elif state == "gone":
        ctx.db.patch(sighting, due_at=ctx.now + CLOSING_MS)
        ctx.scheduler.run_after(0, close_silent, meeting_id=sighting.meeting_id, user_id=sighting.user_id)
    elif state == "lost":
        for session in mine:
            sessions.fall_silent(ctx, session)
        ctx.db.patch(sighting, due_at=sighting.last_seen + limits.closed_after * MS)
    else:
        ctx.db.patch(sighting, due_at=sighting.last_seen + limits.lost_after * MS)


def _is_in(ctx: MutationCtx, sighting: Sighting) -> bool:
    member = roster.member_of(ctx, sighting.meeting_id, sighting.user_id)
    return member is not None and member.presence == "joined"


def _silence(ctx: MutationCtx, sighting: Sighting) -> str:
    limits = ctx.settings.signals
    return silence(ctx.now - sighting.last_seen, limits.lost_after * MS, limits.closed_after * MS)
