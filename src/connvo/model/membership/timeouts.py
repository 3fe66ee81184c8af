"""Heartbeats of members, and timeouts for members without any.

The node that holds a member's socket keeps them present; for other members each call is a heartbeat. The grace counts
from the last heartbeat, the end of the last socket, or the last renewal of its node. After `lost_after` a member's
sessions are disconnected, and the next heartbeat restores them. After `closed_after` they close and the member leaves.
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

SWEEP_SECONDS = 5.0
SWEEP_BATCH = 200
EXPIRY_BATCH = 200
# Bounds the transaction at startup; one server has fewer members than this in calls.
MAX_RENEWED = 10_000
MAX_EMPTY = 1_000
MS = 1000.0
SILENT = "no_sign_of_life"
# The closing job has run by then; if it failed, it is scheduled again.
CLOSING_MS = 30_000.0
# The grace of an empty meeting restarts at most this often.
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
    """Register members whose first socket on a node opened and release those whose last one closed.

    Both are pairs of meeting and user.
    """
    for meeting_id, user_id in came:
        meeting, user = MeetingId(meeting_id), UserId(user_id)
        if heartbeats.register_socket(ctx, node, meeting, user):
            _revive(ctx, meeting, user)
    for meeting_id, user_id in went:
        registration = heartbeats.registration_of(ctx, node, MeetingId(meeting_id), UserId(user_id))
        if registration is not None:
            heartbeats.release_socket(ctx, registration, ctx.now)


@internal_mutation
def expire_node(ctx: MutationCtx, node: str, since: float) -> bool:
    """Release a batch of a node's sockets as closed at `since`, in ms; return whether there may be more."""
    found = heartbeats.registrations_of(ctx, node, EXPIRY_BATCH)
    for registration in found:
        heartbeats.release_socket(ctx, registration, since)
    return len(found) == EXPIRY_BATCH


@internal_mutation
def reset_heartbeats(ctx: MutationCtx) -> None:
    """Reset every heartbeat: without a server or database for a while, no client could be heard."""
    heartbeats.reset_all(ctx, MAX_RENEWED)
    for meeting in ctx.db.scan(Meeting, "by_empty", "active", since=0.0, limit=MAX_EMPTY):
        ctx.db.patch(meeting, empty_since=ctx.now)


@every(seconds=SWEEP_SECONDS)
@internal_mutation
def find_silent_members(ctx: MutationCtx) -> None:
    """Disconnect sessions of silent members and schedule the closing of those silent for longer, a batch at a time."""
    due = heartbeats.due(ctx, SWEEP_BATCH)
    for lease in due:
        _apply_silence(ctx, lease)
    if len(due) == SWEEP_BATCH:
        ctx.scheduler.run_after(0, find_silent_members)


@internal_mutation
def close_silent(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Close a member's sessions and take them out of the call, unless a heartbeat arrived meanwhile."""
    lease = heartbeats.find(ctx, meeting_id, user_id)
    if lease is None or _silence(ctx, lease) != "gone":
        return
    for session in sessions.open_sessions_of(ctx, meeting_id, user_id):
        sessions.close(ctx, session, SILENT)
    meeting = ctx.db.get(Meeting, meeting_id)
    member = members.member_of(ctx, meeting_id, user_id)
    if meeting is not None and member is not None:
        leaving.depart(ctx, meeting, member, SILENT)
    heartbeats.forget(ctx, meeting_id, user_id)


def _extend_empty_grace(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Restart the grace of an empty meeting for a member who has not left it and calls without a socket."""
    meeting, member = ctx.db.get(Meeting, meeting_id), members.member_of(ctx, meeting_id, user_id)
    if meeting is None or member is None or member.presence == "left" or meeting.empty_since is None:
        return
    if ctx.now - meeting.empty_since >= AWAITED_STEP_MS:
        ctx.db.patch(meeting, empty_since=ctx.now)


def _revive(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    for session in sessions.open_sessions_of(ctx, meeting_id, user_id):
        sessions.revive(ctx, session)


def _apply_silence(ctx: MutationCtx, lease: PresenceLease) -> None:
    limits = ctx.settings.signals
    mine = sessions.open_sessions_of(ctx, lease.meeting_id, lease.user_id)
    state = _silence(ctx, lease)
    if not mine and not _is_in(ctx, lease):
        ctx.db.delete(lease)
    elif state == "gone":
        ctx.db.patch(lease, due_at=ctx.now + CLOSING_MS)
        ctx.scheduler.run_after(0, close_silent, meeting_id=lease.meeting_id, user_id=lease.user_id)
    elif state == "lost":
        for session in mine:
            sessions.fall_silent(ctx, session)
        ctx.db.patch(lease, due_at=lease.last_seen + limits.closed_after_seconds * MS)
    else:
        ctx.db.patch(lease, due_at=lease.last_seen + limits.lost_after_seconds * MS)


def _is_in(ctx: MutationCtx, lease: PresenceLease) -> bool:
    member = members.member_of(ctx, lease.meeting_id, lease.user_id)
    return member is not None and member.presence == "joined"


def _silence(ctx: MutationCtx, lease: PresenceLease) -> str:
    if lease.due_at == NEVER:
        return "heard"
    limits = ctx.settings.signals
    return silence(ctx.now - lease.last_seen, limits.lost_after_seconds * MS, limits.closed_after_seconds * MS)


PRESENCE = SocketFunctions(record_heartbeat, register_sockets, expire_node, reset_heartbeats)
