"""The audit trail, as operators, admins, hosts and users may read it."""

import math
from typing import Annotated, Any

import msgspec

from connvo.kernel.errors import Invalid, LimitExceeded
from connvo.model import audit_reading
from connvo.model.access import require_operator
from connvo.model.audit.sealing import newest_seal
from connvo.model.audit_reading import Filters, Place, Places
from connvo.model.pagination import PaginationOpts, page_size
from connvo.runtime.context import QueryCtx
from connvo.runtime.function import noted_for_operators, query, rechecked
from connvo.runtime.normalization import Clamped
from connvo.runtime.wire import Meta, Result
from connvo.schema.audit import AuditLog, AuditLogId, AuditOutcome
from connvo.schema.meetings import MeetingId
from connvo.schema.users import UserId

LIMIT = Clamped(1, 200, default=50)
# A list without pages looks at so many rows in all.
MAX_EXAMINED = 20_000
MAX_FILTER_CHARS = 200
MAX_UNSEALED = 1000


class AuditLogRow(Result, frozen=True, kw_only=True):
    """One audit event; times in milliseconds."""

    id: AuditLogId
    creation_time: float
    actor_user_id: UserId | None = None
    resource_type: str
    resource_id: str
    action: str
    metadata: Meta
    timestamp: float


class AuditLogs(Result, frozen=True, kw_only=True):
    """Audit events, newest first."""

    logs: list[AuditLogRow]


class AuditLogEntry(AuditLogRow, frozen=True, kw_only=True):
    """One audit event with its outcome and origin; address and user agent are for operators, for some weeks."""

    outcome: AuditOutcome
    org_id: str | None = None
    meeting_id: str | None = None
    request_id: str | None = None
    ip_address: str | None = None
    user_agent: str | None = None


class AuditLogPage(Result, frozen=True, kw_only=True):
    """A page of audit events, newest first. It may be short or empty, and still not be the last one."""

    page: list[AuditLogEntry]
    is_done: bool
    continue_cursor: str | None = None
    split_cursor: str | None = None


class AuditHead(Result, frozen=True, kw_only=True):
    """The newest seal: its number and hash, 0 and empty before the first. `unsealed` rows are newer, up to 1,000."""

    seal: float
    hash: str
    unsealed: float
    sealed_at: float | None = None


def _logs_noted(arguments: dict[str, object], answer: Any) -> tuple[str, int]:
    return _given(arguments), 0 if answer is None else len(answer.logs)


def _page_noted(arguments: dict[str, object], answer: Any) -> tuple[str, int]:
    return _given(arguments), 0 if answer is None else len(answer.page)


def _logs_of_now(ctx: QueryCtx, found: AuditLogs, limit: float | None = None, **asked: Any) -> AuditLogs:
    """Remove rows that the caller may no longer see."""
    kept = audit_reading.visible(ctx, Filters(**asked), [row.id for row in found.logs])
    return AuditLogs(logs=[row for row in found.logs if row.id in kept])


def _page_of_now(
    ctx: QueryCtx,
    found: AuditLogPage,
    pagination_opts: PaginationOpts,
    from_: float | None = None,
    to: float | None = None,
    **asked: Any,
) -> AuditLogPage:
    """Remove rows of a page that the caller may no longer see."""
    kept = audit_reading.visible(ctx, Filters(**asked), [row.id for row in found.page])
    return msgspec.structs.replace(found, page=[row for row in found.page if row.id in kept])


@noted_for_operators(_logs_noted)
@rechecked(_logs_of_now)
@query
def get_audit_logs(
    ctx: QueryCtx,
    resource_type: str | None = None,
    resource_id: str | None = None,
    actor_user_id: UserId | None = None,
    action: str | None = None,
    limit: Annotated[float | None, LIMIT] = None,
) -> AuditLogs:
    """Return up to 200 audit events for which all filters hold, by default 50, newest first.

    Operators see all events, admins those of their organisation, hosts those about their meeting, users their own
    deeds. Without a filter that names an actor or a meeting, users get their own deeds.

    Raises:
        Forbidden: The caller may not see what the filters ask for.
        Invalid: A filter is too long, or the limit is not finite.
        LimitExceeded: The filters hold for too few of the rows looked at: use `listAuditLogs`.
    """
    filters = _checked(Filters(resource_type, resource_id, actor_user_id, action))
    scope = audit_reading.scope_of(ctx, filters)
    size = LIMIT.whole(limit, "limit")
    found = audit_reading.find(ctx, scope, filters, size, MAX_EXAMINED, None, None)
    if not found.done and len(found.items) < size:
        raise LimitExceeded("The filters hold for too few rows to look for at once: read page by page")
    return AuditLogs(logs=[AuditLogRow.from_row(row) for row in found.items])


@noted_for_operators(_page_noted)
@rechecked(_page_of_now)
@query
def list_audit_logs(
    ctx: QueryCtx,
    pagination_opts: PaginationOpts,
    resource_type: str | None = None,
    resource_id: str | None = None,
    actor_user_id: UserId | None = None,
    action: str | None = None,
    meeting_id: MeetingId | None = None,
    outcome: AuditOutcome | None = None,
    from_: float | None = None,
    to: float | None = None,
) -> AuditLogPage:
    """Return a page of audit events for which all filters hold, newest first; who sees which is as in `getAuditLogs`.

    A page has 1 to 100 rows. `from` and `to` are times in milliseconds, both included.

    Raises:
        Forbidden: The caller may not see what the filters ask for.
        Invalid: A filter is too long, a time is not finite, or the cursor belongs to another query.
    """
    filters = _checked(Filters(resource_type, resource_id, actor_user_id, action, meeting_id, outcome, from_, to))
    scope = audit_reading.scope_of(ctx, filters)
    found = audit_reading.find(
        ctx,
        scope,
        filters,
        page_size(pagination_opts),
        audit_reading.EXAMINED,
        pagination_opts.cursor,
        pagination_opts.end_cursor,
    )
    places = Places(ctx) if scope.operator else None
    return AuditLogPage(
        page=[_entry(row, audit_reading.UNKNOWN if places is None else places.of(row)) for row in found.items],
        is_done=found.done,
        continue_cursor=None if found.done else found.cursor,
        split_cursor=found.split,
    )


@query
def get_audit_head(ctx: QueryCtx) -> AuditHead:
    """Return the newest seal of the audit trail, to keep outside of the server. For operators.

    Raises:
        Forbidden: The caller is no operator of this server.
    """
    require_operator(ctx)
    newest = newest_seal(ctx)
    after = None if newest is None else newest.until
    unsealed = len(ctx.db.scan(AuditLog, "by_creation", after=after, limit=MAX_UNSEALED))
    if newest is None:
        return AuditHead(seal=0, hash="", unsealed=unsealed)
    return AuditHead(seal=newest.number, hash=newest.hash, unsealed=unsealed, sealed_at=newest.sealed_at)


def _checked(filters: Filters) -> Filters:
    for name, value in (
        ("resourceType", filters.resource_type),
        ("resourceId", filters.resource_id),
        ("action", filters.action),
    ):
        if value is not None and len(value) > MAX_FILTER_CHARS:
            raise Invalid(f"A filter has at most {MAX_FILTER_CHARS} characters", name, maximum=MAX_FILTER_CHARS)
    for name, time in (("from", filters.since), ("to", filters.until)):
        if time is not None and not math.isfinite(time):
            raise Invalid("A time needs to be a number", name)
    return filters


def _given(arguments: dict[str, object]) -> str:
    """Return the names of the filters that a call gave."""
    others = ("pagination_opts", "limit")
    return ",".join(sorted(name for name, value in arguments.items() if value is not None and name not in others))


def _entry(row: AuditLog, place: Place) -> AuditLogEntry:
    return AuditLogEntry.from_row(row, ip_address=place.address, user_agent=place.agent)
