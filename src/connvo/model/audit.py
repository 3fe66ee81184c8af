"""The audit trail: actor, action and resource, with the names of changed fields but never personal values."""

from connvo.kernel.names import camel
from connvo.runtime.context import MutationCtx
from connvo.schema.audit import AuditLog, AuditValue
from connvo.schema.users import UserId


def audit(
    ctx: MutationCtx,
    action: str,
    resource_type: str,
    resource_id: str,
    actor: UserId | None,
    **metadata: AuditValue | None,
) -> None:
    """Record an audit event in the transaction of the action.

    `resource_type` is the name of a table. `actor` is None for the server itself. Metadata of None are omitted.
    """
    ctx.db.insert(
        AuditLog(
            actor_user_id=actor,
            resource_type=resource_type,
            resource_id=resource_id,
            action=action,
            metadata={camel(name): value for name, value in metadata.items() if value is not None},
            timestamp=ctx.now,
        )
    )


def named(fields: list[str]) -> str:
    """Return the wire names of fields in the form of audit metadata."""
    return ",".join(sorted(camel(field) for field in fields))
