"""When members were last heard of. A member who has joined, or has an open session, always has a sighting.

Kept apart from sessions and memberships, so that a sign of life wakes nobody's query.
"""

from ...runtime.context import MutationCtx
from ...schema.meetings import MeetingId
from ...schema.users import UserId
from ...schema.webrtc import Sighting

MS = 1000.0
# Signs of life closer together than this are one.
STEP_MS = 1000.0


def find(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> Sighting | None:
    """Returns a member's sighting; None for one who is not in the call."""
    return ctx.db.first(Sighting, "by_member", meeting_id, user_id)


def see(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Notes that a member in the call, or on the way in, was heard of."""
    due_at = ctx.now + ctx.settings.signals.lost_after * MS
    held = find(ctx, meeting_id, user_id)
    if held is None:
        ctx.db.insert(Sighting(meeting_id=meeting_id, user_id=user_id, last_seen=ctx.now, due_at=due_at))
    elif ctx.now - held.last_seen >= STEP_MS:
        ctx.db.patch(held, last_seen=ctx.now, due_at=due_at)


def forget(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Drops a member's sighting, if there is one."""
    held = find(ctx, meeting_id, user_id)
    if held is not None:
        ctx.db.delete(held)


def forget_all(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Drops the sightings of a meeting that is over."""
    for sighting in ctx.db.scan(Sighting, "by_member", meeting_id):
        ctx.db.delete(sighting)


def renew(ctx: MutationCtx, limit: int) -> None:
    """Takes everybody for heard of now; those first whose silence would mean something soonest."""
    due_at = ctx.now + ctx.settings.signals.lost_after * MS
    for sighting in ctx.db.scan(Sighting, "by_due", limit=limit):
        ctx.db.patch(sighting, last_seen=ctx.now, due_at=due_at)


def due(ctx: MutationCtx, limit: int) -> list[Sighting]:
    """Returns the members whose silence means something by now, the longest silent first."""
    return ctx.db.scan(Sighting, "by_due", until=ctx.now, limit=limit)
