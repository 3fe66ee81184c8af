"""The timeline of each member's connection, for the member and for support, bounded to the newest events."""

from typing import TypedDict, Unpack

import msgspec

from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.history import CallEvent, CallEventKind, ErrorType, Rung
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.users import UserId
from connvo.store.purging import purge

# A call has a few dozen events; beyond this number the oldest are deleted.
MAX_EVENTS = 200
DAY_MS = 86_400_000.0
# Kinds that end the recovery from earlier failures.
SETTLED: frozenset[CallEventKind] = frozenset({"connected", "left", "removed", "joined"})


class Details(TypedDict, total=False):
    """Fields of `CallEvent` that some kinds of events have."""

    generation: int
    session_id: str | None
    error_type: ErrorType | None
    rung: Rung | None
    reason: str | None
    candidate_type: str | None
    seconds: float | None


def note(ctx: MutationCtx, meeting: Meeting, user_id: UserId, kind: CallEventKind, **details: Unpack[Details]) -> None:
    """Add an event to a member's timeline; its generation is the meeting's unless the details say otherwise."""
    if ctx.db.count(CallEvent, "by_member", meeting.id, user_id, limit=MAX_EVENTS) == MAX_EVENTS:
        for oldest in ctx.db.scan(CallEvent, "by_member", meeting.id, user_id, limit=1):
            ctx.db.delete(oldest)
    event = CallEvent(
        meeting_id=meeting.id,
        user_id=user_id,
        at=ctx.now,
        kind=kind,
        provider=meeting.provider,
        generation=meeting.generation,
    )
    ctx.db.insert(msgspec.structs.replace(event, **details))


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
    return purge(ctx.db, CallEvent, "by_age", until=ctx.now - ctx.settings.retention.timeline_days * DAY_MS)
