"""The rows of the audit trail: actor, action and resource, with the names of changed fields but no personal values."""

import hashlib

from connvo.kernel.names import camel
from connvo.rules.audit import rows
from connvo.runtime.context import MutationCtx
from connvo.schema.audit import AuditLog, AuditOutcome, AuditValue
from connvo.schema.meetings import Meeting
from connvo.schema.users import User, UserId
from connvo.store.schema import table_of

from .sources import source_of

OPERATOR_DIGITS = 16
# Deeds towards other persons, which concern no organisation: its admins, who may be such a person, see none of them.
PRIVATE = frozenset(
    {"user.block", "user.unblock", "matching.enter", "matching.cancel", "match.call_off", "match.confirm"}
)


def audit(
    ctx: MutationCtx,
    action: str,
    resource_type: str,
    resource_id: str,
    actor: UserId | None,
    outcome: AuditOutcome = "success",
    by_server: bool = False,
    **metadata: AuditValue | None,
) -> None:
    """Record an audit event in the transaction of the action.

    `resource_type` is the name of a table. `actor` is None for the server itself, and for operators without an account,
    whose rows have a digest of their identity. Metadata of None are omitted. `meeting_id` among them, or a resource
    that is a meeting, makes the row one about that meeting. A row `by_server` does not tell whose call led to it: no
    operator, organisation, request or address.

    Raises:
        ValueError: There are more than 16 values, or one of another type.
    """
    origin = None if by_server else ctx.origin
    meeting_id = metadata.get("meeting_id") or (resource_id if table_of(Meeting).owns_id(resource_id) else None)
    values = rows.metadata({**metadata, "operator": None if by_server else _operator(ctx, actor)})
    ctx.db.insert(
        AuditLog(
            actor_user_id=actor,
            resource_type=resource_type,
            resource_id=resource_id,
            action=action,
            metadata={camel(name): value for name, value in values.items()},
            timestamp=ctx.now,
            outcome=outcome,
            org_id=None if by_server or action in PRIVATE else _organisation(ctx, actor),
            meeting_id=None if meeting_id is None else str(meeting_id),
            request_id=None if origin is None else origin.request_id,
            source=None if origin is None else source_of(ctx, actor, origin),
        )
    )


def named(fields: list[str]) -> str:
    """Return the wire names of fields in the form of audit metadata."""
    return ",".join(sorted(camel(field) for field in fields))


def operator_mark(token_identifier: str) -> str:
    """Return the digest by which rows name an operator without an account."""
    return hashlib.sha256(token_identifier.encode()).hexdigest()[:OPERATOR_DIGITS]


def _operator(ctx: MutationCtx, actor: UserId | None) -> str | None:
    """Return the digest of an operator without an account, whom no other field names."""
    if actor is not None or ctx.auth is None or not ctx.auth.operator:
        return None
    return operator_mark(ctx.auth.token_identifier)


def _organisation(ctx: MutationCtx, actor: UserId | None) -> str | None:
    """Return the organisation of the actor, by their token if they are the caller."""
    if ctx.auth is not None:
        return ctx.auth.org_id
    user = None if actor is None else ctx.db.get(User, actor)
    return None if user is None else user.org_id
