"""Store the audit log: which user did what to which resource, and when."""

from typing import NewType, TypeAlias

from connvo.store.schema import Document, table

from .users import UserId

AuditLogId = NewType("AuditLogId", str)
AuditValue: TypeAlias = str | float | bool


@table(
    "auditLogs",
    10019,
    id_type=AuditLogId,
    owner="actor_user_id",
    retention="deleted after CONNVO_RETENTION_AUDIT_DAYS days",
    erasure="kept",
)
class AuditLog(Document, frozen=True, kw_only=True):
    """One audit event; `metadata` says what changed, without personal values; `timestamp` in ms."""

    id: AuditLogId = AuditLogId("")
    actor_user_id: UserId | None = None
    resource_type: str
    resource_id: str
    action: str
    metadata: dict[str, AuditValue]
    timestamp: float
