"""Periodic deletion of expired idempotency keys, sign-ins, audit rows, reports and erased subjects."""

from connvo.model.audit.pruning import drop_seals, prune
from connvo.runtime.context import MutationCtx
from connvo.runtime.function import every, internal_mutation
from connvo.schema.audit import AuditSource
from connvo.schema.auth_sessions import AuthSession
from connvo.schema.erased import ErasedSubject
from connvo.schema.idempotency import IdempotencyKey
from connvo.schema.reports import Report
from connvo.store.purging import purge

HOUR = 3_600.0
DAY = 24 * HOUR
MS = 1_000.0


@every(seconds=HOUR)
@internal_mutation
def forget_idempotency_keys(ctx: MutationCtx) -> None:
    """Delete a batch of expired keys; run again at once while there are more."""
    if purge(ctx.db, IdempotencyKey, "by_expiry", until=ctx.now):
        ctx.scheduler.run_after(0, forget_idempotency_keys)


@every(seconds=DAY)
@internal_mutation
def forget_audit_logs(ctx: MutationCtx) -> None:
    """Delete the audit rows of seals whose rows are all past their retention, and seals that were emptied so long ago.

    Run again while there are more.
    """
    oldest = ctx.now - ctx.settings.retention.audit_days * DAY * MS
    if prune(ctx, oldest) or drop_seals(ctx, oldest):
        ctx.scheduler.run_after(0, forget_audit_logs)


@every(seconds=DAY)
@internal_mutation
def forget_audit_sources(ctx: MutationCtx) -> None:
    """Delete a batch of sources of audited calls past their retention; run again while there are more."""
    oldest = ctx.now - ctx.settings.retention.audit_source_days * DAY * MS
    if purge(ctx.db, AuditSource, "by_creation", until=oldest):
        ctx.scheduler.run_after(0, forget_audit_sources)


@every(seconds=DAY)
@internal_mutation
def forget_reports(ctx: MutationCtx) -> None:
    """Delete a batch of reports past their retention; run again while there are more."""
    oldest = ctx.now - ctx.settings.retention.report_days * DAY * MS
    if purge(ctx.db, Report, "by_creation", until=oldest):
        ctx.scheduler.run_after(0, forget_reports)


@every(seconds=HOUR)
@internal_mutation
def forget_auth_sessions(ctx: MutationCtx) -> None:
    """Delete a batch of expired sign-ins; run again at once while there are more."""
    if purge(ctx.db, AuthSession, "by_expiry", until=ctx.now):
        ctx.scheduler.run_after(0, forget_auth_sessions)


@every(seconds=DAY)
@internal_mutation
def forget_erased_subjects(ctx: MutationCtx) -> None:
    """Delete a batch of erased subjects whose tokens have all expired; run again while there are more."""
    if purge(ctx.db, ErasedSubject, "by_expiry", until=ctx.now):
        ctx.scheduler.run_after(0, forget_erased_subjects)
