"""Audit events that are written after their calls: refusals, and reads of the trail by operators."""

from connvo.runtime.context import MutationCtx
from connvo.runtime.deferred_audit import READ, WATCH, Noted
from connvo.runtime.function import internal_mutation
from connvo.schema.audit import AuditLog, AuditValue
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.users import User

from .records import operator_mark
from .sources import source_of

RESOURCE = "functions"
DROPPED = "events.dropped"


@internal_mutation
def note_events(ctx: MutationCtx, events: list[Noted], dropped: float) -> None:
    """Record events of a node, and how many more there were."""
    for event in events:
        _note(ctx, event)
    if dropped:
        ctx.db.insert(
            AuditLog(
                resource_type=RESOURCE,
                resource_id=DROPPED,
                action=DROPPED,
                metadata={"count": float(dropped)},
                timestamp=ctx.now,
            )
        )


def _note(ctx: MutationCtx, event: Noted) -> None:
    user = ctx.db.first(User, "by_token", event.token_identifier)
    actor = None if user is None else user.id
    is_read = event.action in (READ, WATCH)
    values: dict[str, AuditValue] = {"count": float(event.count)}
    if event.detail:
        values["filters" if is_read else "code"] = event.detail
    if event.action == READ:
        values["rows"] = float(event.rows)
    if actor is None and event.operator:
        values["operator"] = operator_mark(event.token_identifier)
    meeting_id = event.meeting_id
    if meeting_id is not None and ctx.db.get(Meeting, MeetingId(meeting_id)) is None:
        meeting_id = None
    ctx.db.insert(
        AuditLog(
            actor_user_id=actor,
            resource_type=RESOURCE,
            resource_id=event.path,
            action=event.action,
            metadata=values,
            timestamp=ctx.now,
            outcome="success" if is_read else "denied",
            org_id=event.org_id,
            meeting_id=meeting_id,
            request_id=None if event.origin is None else event.origin.request_id,
            source=None if event.origin is None else source_of(ctx, actor, event.origin),
        )
    )
