"""Periodic deletion of expired idempotency keys, sign-ins, audit rows, reports and erased subjects."""

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
    """Delete a batch of expired keys; run again at once while there are more."""
    purge(ctx, ctx.db.scan(IdempotencyKey, "by_expiry", until=ctx.now, limit=BATCH), BATCH, forget_idempotency_keys)


@every(seconds=DAY)
@internal_mutation
def forget_audit_logs(ctx: MutationCtx) -> None:
    """Delete a batch of audit rows past their retention; run again while there are more."""
    oldest = ctx.now - ctx.settings.retention.audit_days * DAY * MS
    purge(ctx, ctx.db.scan(AuditLog, "by_creation", before=oldest, limit=BATCH), BATCH, forget_audit_logs)


@every(seconds=DAY)
@internal_mutation
def forget_reports(ctx: MutationCtx) -> None:
    """Delete a batch of reports past their retention; run again while there are more."""
    oldest = ctx.now - ctx.settings.retention.report_days * DAY * MS
    purge(ctx, ctx.db.scan(Report, "by_creation", before=oldest, limit=BATCH), BATCH, forget_reports)


@every(seconds=HOUR)
@internal_mutation
def forget_auth_sessions(ctx: MutationCtx) -> None:
    """Delete a batch of expired sign-ins; run again at once while there are more."""
    purge(ctx, ctx.db.scan(AuthSession, "by_expiry", until=ctx.now, limit=BATCH), BATCH, forget_auth_sessions)


@every(seconds=DAY)
@internal_mutation
def forget_erased_subjects(ctx: MutationCtx) -> None:
    """Delete a batch of erased subjects whose tokens have all expired; run again while there are more."""
    purge(ctx, ctx.db.scan(ErasedSubject, "by_expiry", until=ctx.now, limit=BATCH), BATCH, forget_erased_subjects)
