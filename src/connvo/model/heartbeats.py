"""When members were last heard of. A member who has joined, or has an open session, always has a sighting.

Kept apart from sessions and memberships, so that a sign of life wakes nobody's query. Who has an open socket on a node
is vouched for by that node, and the sighting rests until the last such node lets go.
"""

from connvo.kernel.clock import within
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.heartbeats import NEVER, PresenceLease, SocketRegistration
from connvo.schema.meetings import MeetingId
from connvo.schema.users import UserId

MS = 1000.0
# Signs of life closer together than this are one.
STEP_MS = 1000.0


def find(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> PresenceLease | None:
    """Return a member's sighting; None for one who is not in the call."""
    return ctx.db.first(PresenceLease, "by_member", meeting_id, user_id)


def record(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Note that a member in the call, or on the way in, was heard of."""
    held = find(ctx, meeting_id, user_id)
    if held is None:
        due_at = NEVER if _has_socket(ctx, meeting_id, user_id) else _next_due(ctx)
        ctx.db.insert(PresenceLease(meeting_id=meeting_id, user_id=user_id, last_seen=ctx.now, due_at=due_at))
    elif held.due_at != NEVER and not within(ctx.now, held.last_seen, STEP_MS):
        ctx.db.patch(held, last_seen=ctx.now, due_at=_next_due(ctx))


def register_socket(ctx: MutationCtx, node: str, meeting_id: MeetingId, user_id: UserId) -> bool:
    """Note that a node has a socket of a person; return whether the person is in the call."""
    if ctx.db.first(SocketRegistration, "by_member", meeting_id, user_id, node) is None:
        ctx.db.insert(SocketRegistration(node=node, meeting_id=meeting_id, user_id=user_id))
    held = find(ctx, meeting_id, user_id)
    if held is not None:
        ctx.db.patch(held, last_seen=ctx.now, due_at=NEVER)
    return held is not None


def release_socket(ctx: MutationCtx, voucher: SocketRegistration, since: float) -> None:
    """Note that a node has no more sockets of a person since a time in ms."""
    ctx.db.delete(voucher)
    held = find(ctx, voucher.meeting_id, voucher.user_id)
    if held is None or held.due_at != NEVER or _has_socket(ctx, voucher.meeting_id, voucher.user_id):
        return
    last_seen = max(held.last_seen, since)
    ctx.db.patch(held, last_seen=last_seen, due_at=last_seen + ctx.settings.signals.lost_after_seconds * MS)


def connected_users(ctx: QueryCtx, meeting_id: MeetingId) -> set[UserId]:
    """Return the people with an open socket who look at a meeting, in it or in its lobby."""
    return {voucher.user_id for voucher in ctx.db.scan(SocketRegistration, "by_member", meeting_id)}


def registration_of(ctx: MutationCtx, node: str, meeting_id: MeetingId, user_id: UserId) -> SocketRegistration | None:
    """Return what says that a node has a socket of a person."""
    return ctx.db.first(SocketRegistration, "by_member", meeting_id, user_id, node)


def registrations_of(ctx: MutationCtx, node: str, limit: int) -> list[SocketRegistration]:
    """Return whom a node vouches for."""
    return ctx.db.scan(SocketRegistration, "by_node", node, limit=limit)


def forget(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Drop a member's sighting, if there is one."""
    held = find(ctx, meeting_id, user_id)
    if held is not None:
        ctx.db.delete(held)


def forget_all(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Drop the sightings of a meeting that is over."""
    for sighting in ctx.db.scan(PresenceLease, "by_member", meeting_id):
        ctx.db.delete(sighting)


def reset_all(ctx: MutationCtx, limit: int) -> None:
    """Take everybody for heard of now whom no node vouches for; those first whose silence means something soonest."""
    for sighting in ctx.db.scan(PresenceLease, "by_due", before=NEVER, limit=limit):
        ctx.db.patch(sighting, last_seen=ctx.now, due_at=_next_due(ctx))


def due(ctx: MutationCtx, limit: int) -> list[PresenceLease]:
    """Return the members whose silence means something by now, the longest silent first."""
    return ctx.db.scan(PresenceLease, "by_due", until=ctx.now, limit=limit)


def _next_due(ctx: MutationCtx) -> float:
    return ctx.now + ctx.settings.signals.lost_after_seconds * MS


def _has_socket(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> bool:
    return ctx.db.first(SocketRegistration, "by_member", meeting_id, user_id) is not None
