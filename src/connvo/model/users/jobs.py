"""What is kept for a time only: idempotency keys, sign-ins, the audit trail, reports, and who was erased."""

from connvo.model.purging import purge
from connvo.runtime.context import MutationCtx
from connvo.runtime.function import every, internal_mutation
from connvo.schema.audit import AuditLog
from connvo.schema.auth_sessions import AuthSession
from connvo.schema.erased import ErasedSubject
from connvo.schema.idempotency import IdempotencyKey
from connvo.schema.reports import Report

HOUR = 3_600.0
DAY = 24 * HOUR
MS = 1_000.0
BATCH = 500


@every(seconds=HOUR)
@internal_mutation
def forget_idempotency_keys(ctx: MutationCtx) -> None:
    """Delete keys that have expired, some hundred at a time; go on at once while there are more."""
    purge(ctx, ctx.db.scan(IdempotencyKey, "by_expiry", until=ctx.now, limit=BATCH), BATCH, forget_idempotency_keys)


@every(seconds=DAY)
@internal_mutation
def forget_audit_logs(ctx: MutationCtx) -> None:
    """Delete audit rows older than the settings keep them, some hundred at a time; go on while there are more."""
    oldest = ctx.now - ctx.settings.retention.audit_days * DAY * MS
    purge(ctx, ctx.db.scan(AuditLog, "by_creation", before=oldest, limit=BATCH), BATCH, forget_audit_logs)


@every(seconds=DAY)
@internal_mutation
def forget_reports(ctx: MutationCtx) -> None:
    """Delete reports older than the settings keep them, some hundred at a time; go on while there are more."""
    oldest = ctx.now - ctx.settings.retention.report_days * DAY * MS
    purge(ctx, ctx.db.scan(Report, "by_creation", before=oldest, limit=BATCH), BATCH, forget_reports)


@every(seconds=HOUR)
@internal_mutation
def forget_auth_sessions(ctx: MutationCtx) -> None:
    """Delete sign-ins that were not seen for long, some hundred at a time; go on at once while there are more."""
    purge(ctx, ctx.db.scan(AuthSession, "by_expiry", until=ctx.now, limit=BATCH), BATCH, forget_auth_sessions)


@every(seconds=DAY)
@internal_mutation
def forget_erased_subjects(ctx: MutationCtx) -> None:
    """Delete what refuses tokens that have expired by now, some hundred at a time; go on while there are more."""
    purge(ctx, ctx.db.scan(ErasedSubject, "by_expiry", until=ctx.now, limit=BATCH), BATCH, forget_erased_subjects)
