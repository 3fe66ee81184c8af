"""Signs of life, and what becomes of members who give none.

Who has an open socket is vouched for by the node that has it; everybody else's calls are signs of life. The grace
counts from the last sign, the end of the last socket, or from when its node was last heard of. After `lost_after` a
member's sessions are disconnected, and come back as they were with the next sign; after `closed_after` they close and
the member has left the call.
"""

from connvo.model import heartbeats
from connvo.model.meetings import members
from connvo.model.signalling import sessions
from connvo.rules.session_states import silence
from connvo.runtime.cluster.socket_registry import SocketFunctions
from connvo.runtime.context import MutationCtx
from connvo.runtime.function import every, internal_mutation
from connvo.schema.heartbeats import NEVER, PresenceLease
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.users import UserId

from . import leaving

LOOK_SECONDS = 5.0
LOOK_BATCH = 200
EXPIRY_BATCH = 200
# One transaction at the start takes so many; more people than that are not in calls on one server.
MAX_RENEWED = 10_000
MAX_EMPTY = 1_000
MS = 1000.0
SILENT = "no_sign_of_life"
# By then the closing has run; if it failed, it is tried again.
CLOSING_MS = 30_000.0
# Looks at an empty meeting closer together than this are one.
AWAITED_STEP_MS = 60_000.0


@internal_mutation
def record_heartbeat(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Record a heartbeat of a member, in the call or in the lobby; it revives sessions that silence disconnected."""
    if heartbeats.find(ctx, meeting_id, user_id) is None:
        _extend_empty_grace(ctx, meeting_id, user_id)
        return
    heartbeats.record(ctx, meeting_id, user_id)
    _revive(ctx, meeting_id, user_id)


@internal_mutation
def register_sockets(ctx: MutationCtx, node: str, came: list[tuple[str, str]], went: list[tuple[str, str]]) -> None:
    """Note whose first socket on a node has come and whose last one has gone, as pairs of meeting and user."""
    for meeting_id, user_id in came:
        meeting, user = MeetingId(meeting_id), UserId(user_id)
        if heartbeats.register_socket(ctx, node, meeting, user):
            _revive(ctx, meeting, user)
    for meeting_id, user_id in went:
        voucher = heartbeats.registration_of(ctx, node, MeetingId(meeting_id), UserId(user_id))
        if voucher is not None:
            heartbeats.release_socket(ctx, voucher, ctx.now)


@internal_mutation
def expire_node(ctx: MutationCtx, node: str, since: float) -> bool:
    """Take sockets of a node for closed since a time in ms, some hundred at once; return whether there are more."""
    found = heartbeats.registrations_of(ctx, node, EXPIRY_BATCH)
    for voucher in found:
        heartbeats.release_socket(ctx, voucher, since)
    return len(found) == EXPIRY_BATCH


@internal_mutation
def reset_heartbeats(ctx: MutationCtx) -> None:
    """Let every grace begin now: for a while there was no server, or no database, and nobody could be heard."""
    heartbeats.reset_all(ctx, MAX_RENEWED)
    for meeting in ctx.db.scan(Meeting, "by_empty", "active", since=0.0, limit=MAX_EMPTY):
        ctx.db.patch(meeting, empty_since=ctx.now)


@every(seconds=LOOK_SECONDS)
@internal_mutation
def find_silent_members(ctx: MutationCtx) -> None:
    """Disconnect the sessions of members who fell silent, and have those closed who stay so; a batch at a time."""
    due = heartbeats.due(ctx, LOOK_BATCH)
    for sighting in due:
        _apply_silence(ctx, sighting)
    if len(due) == LOOK_BATCH:
        ctx.scheduler.run_after(0, find_silent_members)


@internal_mutation
def close_silent(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Close a member's sessions and take the member out of the call, unless there was a sign of life meanwhile."""
    sighting = heartbeats.find(ctx, meeting_id, user_id)
    if sighting is None or _silence(ctx, sighting) != "gone":
        return
    for session in sessions.open_sessions_of(ctx, meeting_id, user_id):
        sessions.close(ctx, session, SILENT)
    meeting = ctx.db.get(Meeting, meeting_id)
    member = members.member_of(ctx, meeting_id, user_id)
    if meeting is not None and member is not None:
        leaving.depart(ctx, meeting, member, SILENT)
    heartbeats.forget(ctx, meeting_id, user_id)


def _extend_empty_grace(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Let the grace of an empty meeting begin again when a member who has not left it looks at it without a socket."""
    meeting, member = ctx.db.get(Meeting, meeting_id), members.member_of(ctx, meeting_id, user_id)
    if meeting is None or member is None or member.presence == "left" or meeting.empty_since is None:
        return
    if ctx.now - meeting.empty_since >= AWAITED_STEP_MS:
        ctx.db.patch(meeting, empty_since=ctx.now)


def _revive(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    for session in sessions.open_sessions_of(ctx, meeting_id, user_id):
        sessions.revive(ctx, session)


def _apply_silence(ctx: MutationCtx, sighting: PresenceLease) -> None:
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
        ctx.db.patch(sighting, due_at=sighting.last_seen + limits.closed_after_seconds * MS)
    else:
        ctx.db.patch(sighting, due_at=sighting.last_seen + limits.lost_after_seconds * MS)


def _is_in(ctx: MutationCtx, sighting: PresenceLease) -> bool:
    member = members.member_of(ctx, sighting.meeting_id, sighting.user_id)
    return member is not None and member.presence == "joined"


def _silence(ctx: MutationCtx, sighting: PresenceLease) -> str:
    if sighting.due_at == NEVER:
        return "heard"
    limits = ctx.settings.signals
    return silence(ctx.now - sighting.last_seen, limits.lost_after_seconds * MS, limits.closed_after_seconds * MS)


PRESENCE = SocketFunctions(record_heartbeat, register_sockets, expire_node, reset_heartbeats)
