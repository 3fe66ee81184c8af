"""The timeline of each member's connection, for the member and for support, bounded to the newest events."""

from typing import Any

from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.history import CallEvent, CallEventKind
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.users import UserId

# A call has a few dozen events; beyond this number the oldest are deleted.
MAX_EVENTS = 200
PURGE_BATCH = 500
DAY_MS = 86_400_000.0
# Kinds that end the recovery from earlier failures.
SETTLED: frozenset[CallEventKind] = frozenset({"connected", "left", "removed", "joined"})


def note(ctx: MutationCtx, meeting: Meeting, user_id: UserId, kind: CallEventKind, **details: Any) -> None:
    """Add an event to a member's timeline. `details` are fields of `CallEvent`."""
    if ctx.db.count(CallEvent, "by_member", meeting.id, user_id, limit=MAX_EVENTS) == MAX_EVENTS:
        for oldest in ctx.db.scan(CallEvent, "by_member", meeting.id, user_id, limit=1):
            ctx.db.delete(oldest)
    event = CallEvent(
        meeting_id=meeting.id,
        user_id=user_id,
        at=ctx.now,
        kind=kind,
        **{"provider": meeting.provider, "generation": meeting.generation, **details},
    )
    ctx.db.insert(event)


def events(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> list[CallEvent]:
    """Return a member's events, the oldest first."""
    return ctx.db.scan(CallEvent, "by_member", meeting_id, user_id, limit=MAX_EVENTS)


def unrecovered(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> tuple[CallEvent, CallEvent] | None:
    """Return the first and last failure since the member was last connected, or None."""
    failures: list[CallEvent] = []
    for event in ctx.db.scan(CallEvent, "by_member", meeting_id, user_id, reverse=True, limit=MAX_EVENTS):
        if event.kind in SETTLED:
            break
        if event.kind == "failed":
            failures.append(event)
    return (failures[-1], failures[0]) if failures else None


def drop_old(ctx: MutationCtx) -> bool:
    """Delete a batch of events past their retention; return whether there may be others."""
    oldest = ctx.now - ctx.settings.retention.timeline_days * DAY_MS
    old = ctx.db.scan(CallEvent, "by_age", before=oldest, limit=PURGE_BATCH)
    for event in old:
        ctx.db.delete(event)
    return len(old) == PURGE_BATCH
