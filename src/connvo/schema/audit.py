"""Store the audit trail: which user did what to which resource, when and from where, sealed in batches."""

from typing import Literal, NewType, TypeAlias

from connvo.store.schema import Document, table

from .users import UserId

AuditLogId = NewType("AuditLogId", str)
AuditSealId = NewType("AuditSealId", str)
AuditSourceId = NewType("AuditSourceId", str)
AuditValue: TypeAlias = str | float | bool
AuditOutcome: TypeAlias = Literal["success", "denied"]


@table(
    "auditLogs",
    10019,
    id_type=AuditLogId,
    owner="actor_user_id",
    indexes={
        "by_resource": ("resource_type", "resource_id"),
        "by_actor": ("actor_user_id",),
        "by_meeting": ("meeting_id",),
        "by_action": ("action",),
        "by_org": ("org_id",),
    },
    retention="deleted after CONNVO_RETENTION_AUDIT_DAYS days, in whole seals",
    erasure="kept",
    append_only=True,
)
class AuditLog(Document, frozen=True, kw_only=True, omit_defaults=True):
    """One audit event; `metadata` says what changed, without personal values; `timestamp` in ms.

    `org_id` is the organisation of the actor, and `meeting_id` the meeting that the event concerns. `source` is the
    digest of an `AuditSource`. A seal holds the digest of these fields, so they never change. Fields left at their
    default are not part of it, so that further ones can be added.
    """

    id: AuditLogId = AuditLogId("")
    actor_user_id: UserId | None = None
    resource_type: str
    resource_id: str
    action: str
    metadata: dict[str, AuditValue]
    timestamp: float
    outcome: AuditOutcome = "success"
    org_id: str | None = None
    meeting_id: str | None = None
    request_id: str | None = None
    source: str | None = None


@table(
    "auditSeals",
    10350,
    id_type=AuditSealId,
    indexes={"by_number": ("number",), "by_pruned": ("pruned_at", "number")},
    retention="deleted CONNVO_RETENTION_AUDIT_DAYS days after their rows, but the newest one without rows",
)
class AuditSeal(Document, frozen=True, kw_only=True):
    """A seal over a batch of audit rows; times in ms.

    `hash` covers the number, the hash of the seal before (`prev`), the root over the rows and their `count`. `mac` is
    an HMAC of it by the key with the id `key_id`. `total` is the number of rows sealed so far, and `until` the highest
    creation time of any of them; `first_at` and `last_at` are those of the seal's own rows. `adopted`: these rows were
    found in no seal.
    """

    id: AuditSealId = AuditSealId("")
    number: int
    prev: str
    root: str
    count: int
    total: int
    ids: tuple[str, ...]
    hash: str
    mac: str | None = None
    key_id: str | None = None
    first_at: float
    last_at: float
    until: float
    adopted: bool = False
    sealed_at: float
    pruned_at: float | None = None


@table(
    "auditSources",
    10351,
    id_type=AuditSourceId,
    owner="user_id",
    indexes={"by_digest": ("digest",), "by_origin": ("user_id", "address", "agent", "day")},
    retention="deleted after CONNVO_RETENTION_AUDIT_SOURCE_DAYS days",
)
class AuditSource(Document, frozen=True, kw_only=True):
    """Address and user agent of calls of one user on one `day`, in days since the epoch.

    Audit rows hold `digest` alone, which is salted.
    """

    id: AuditSourceId = AuditSourceId("")
    user_id: UserId | None = None
    address: str | None = None
    agent: str | None = None
    day: int
    salt: str
    digest: str
