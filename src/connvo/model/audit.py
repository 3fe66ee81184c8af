"""The audit trail: who did what to which thing. Says which fields changed, never to which personal value."""

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
    """Note a deed, in the transaction that does it.

    `resource_type` is the name of a table, `actor` None for the server itself; metadata of None are left out.
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
    """Return the wire names of fields as audit metadata hold them."""
    return ",".join(sorted(camel(field) for field in fields))
