"""Work on the audit trail for the command line: adopting rows that are in no seal, and recording an export."""

from collections.abc import Sequence

from connvo.runtime.context import MutationCtx
from connvo.runtime.function import internal_mutation
from connvo.schema.audit import AuditLog, AuditLogId

from .records import audit
from .sealing import newest_seal, write_seal

ACTION_ADOPT, ACTION_EXPORT = "audit.adopt", "audit.export"
RESOURCE = "auditLogs"


@internal_mutation
def adopt_rows(ctx: MutationCtx, ids: list[AuditLogId]) -> int:
    """Seal rows that a check found in no seal, and record it; return how many there still are.

    At most a seal's worth of rows; the caller has checked that no seal holds them.
    """
    found: Sequence[AuditLog] = [row for id in ids if (row := ctx.db.get(AuditLog, id)) is not None]
    if not found or newest_seal(ctx) is None:
        return 0
    seal = write_seal(ctx, sorted(found, key=lambda row: (row.creation_time, row.id)), adopted=True)
    audit(ctx, ACTION_ADOPT, "auditSeals", seal.id, None, number=float(seal.number), count=float(seal.count))
    return len(found)


@internal_mutation
def note_export(ctx: MutationCtx, rows: float, format: str) -> None:
    """Record that the trail was exported."""
    audit(ctx, ACTION_EXPORT, RESOURCE, RESOURCE, None, rows=rows, format=format)
