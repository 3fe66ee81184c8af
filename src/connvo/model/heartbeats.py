"""Presence leases of members, renewed by heartbeats.

Guarantees: a member who has joined, or has an open session, always has a lease.

Leases are separate from sessions and memberships, so that a heartbeat invalidates no query. While a node has a socket
of a member, the lease does not expire; its time runs again when the last such node releases the member.
"""

from connvo.kernel.clock import within
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.heartbeats import NEVER, PresenceLease, SocketRegistration
from connvo.schema.meetings import MeetingId
from connvo.schema.users import UserId

MS = 1000.0
# Heartbeats are stored at most this often.
STEP_MS = 1000.0


def find(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> PresenceLease | None:
    """Return a member's lease; None if they are not in the call."""
    return ctx.db.first(PresenceLease, "by_member", meeting_id, user_id)


def record(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Record a heartbeat of a member who is in the call or about to join."""
    lease = find(ctx, meeting_id, user_id)
    if lease is None:
        due_at = NEVER if _has_socket(ctx, meeting_id, user_id) else _next_due(ctx)
        ctx.db.insert(PresenceLease(meeting_id=meeting_id, user_id=user_id, last_seen=ctx.now, due_at=due_at))
    elif lease.due_at != NEVER and not within(ctx.now, lease.last_seen, STEP_MS):
        ctx.db.patch(lease, last_seen=ctx.now, due_at=_next_due(ctx))


def register_socket(ctx: MutationCtx, node: str, meeting_id: MeetingId, user_id: UserId) -> bool:
    """Register that a node has a socket of a user; return whether the user is in the call."""
    if ctx.db.first(SocketRegistration, "by_member", meeting_id, user_id, node) is None:
        ctx.db.insert(SocketRegistration(node=node, meeting_id=meeting_id, user_id=user_id))
    lease = find(ctx, meeting_id, user_id)
    if lease is not None:
        ctx.db.patch(lease, last_seen=ctx.now, due_at=NEVER)
    return lease is not None


def release_socket(ctx: MutationCtx, registration: SocketRegistration, since: float) -> None:
    """Delete a registration whose node has had no socket of the user since a time in ms."""
    ctx.db.delete(registration)
    lease = find(ctx, registration.meeting_id, registration.user_id)
    if lease is None or lease.due_at != NEVER or _has_socket(ctx, registration.meeting_id, registration.user_id):
        return
    last_seen = max(lease.last_seen, since)
    ctx.db.patch(lease, last_seen=last_seen, due_at=last_seen + ctx.settings.signals.lost_after_seconds * MS)


def connected_users(ctx: QueryCtx, meeting_id: MeetingId) -> set[UserId]:
    """Return the users with an open socket to a meeting, in it or in its lobby."""
    return {registration.user_id for registration in ctx.db.scan(SocketRegistration, "by_member", meeting_id)}


def registration_of(ctx: MutationCtx, node: str, meeting_id: MeetingId, user_id: UserId) -> SocketRegistration | None:
    """Return the registration of a user's sockets on a node, or None."""
    return ctx.db.first(SocketRegistration, "by_member", meeting_id, user_id, node)


def registrations_of(ctx: MutationCtx, node: str, limit: int) -> list[SocketRegistration]:
    """Return up to `limit` registrations of a node."""
    return ctx.db.scan(SocketRegistration, "by_node", node, limit=limit)


def forget(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Delete a member's lease, if there is one."""
    lease = find(ctx, meeting_id, user_id)
    if lease is not None:
        ctx.db.delete(lease)


def forget_all(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Delete the leases of a meeting that is over."""
    for lease in ctx.db.scan(PresenceLease, "by_member", meeting_id):
        ctx.db.delete(lease)


def reset_all(ctx: MutationCtx, limit: int) -> None:
    """Reset the heartbeats of members without a registered socket, those due soonest first."""
    for lease in ctx.db.scan(PresenceLease, "by_due", before=NEVER, limit=limit):
        ctx.db.patch(lease, last_seen=ctx.now, due_at=_next_due(ctx))


def due(ctx: MutationCtx, limit: int) -> list[PresenceLease]:
    """Return the leases that are due, the earliest first."""
    return ctx.db.scan(PresenceLease, "by_due", until=ctx.now, limit=limit)


def _next_due(ctx: MutationCtx) -> float:
    return ctx.now + ctx.settings.signals.lost_after_seconds * MS


def _has_socket(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> bool:
    return ctx.db.first(SocketRegistration, "by_member", meeting_id, user_id) is not None
