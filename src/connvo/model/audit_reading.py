"""Reading the audit trail: which rows a caller may see, and how they are found.

Guarantees: the scope of a caller is a range of an index, so no row outside of it is read.
"""

from collections.abc import Callable, Iterable

import msgspec

from connvo.kernel.errors import Forbidden, FunctionError
from connvo.runtime.context import QueryCtx
from connvo.schema.audit import AuditLog, AuditLogId, AuditOutcome, AuditSource
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.users import UserId
from connvo.store.schema import table_of
from connvo.store.snapshot import Page

from .access import organisation_of_admin, require_operator, require_role, require_user

EXAMINED = 2000
NOT_YOURS = (
    "You may see your own deeds, those about a meeting as its host, and those of an organisation as its admin: "
    "ask for these"
)


class Filters(msgspec.Struct, frozen=True):
    """Conditions on rows, all of which must hold; times in ms."""

    resource_type: str | None = None
    resource_id: str | None = None
    actor_user_id: UserId | None = None
    action: str | None = None
    meeting_id: str | None = None
    outcome: AuditOutcome | None = None
    since: float | None = None
    until: float | None = None

    def hold(self, row: AuditLog) -> bool:
        """Return whether the conditions hold for a row, apart from its time."""
        return (
            self.resource_type in (None, row.resource_type)
            and self.resource_id in (None, row.resource_id)
            and self.actor_user_id in (None, row.actor_user_id)
            and self.action in (None, row.action)
            and self.meeting_id in (None, row.meeting_id)
            and self.outcome in (None, row.outcome)
        )


class Scope(msgspec.Struct, frozen=True):
    """The rows that a caller may see: those under a prefix of an index. `operator`: also where calls came from."""

    index: str
    prefix: tuple[object, ...]
    operator: bool = False


def scope_of(ctx: QueryCtx, filters: Filters) -> Scope:
    """Return the range in which the caller may look for rows.

    Operators see all rows, hosts those about their meeting, users their own deeds, and admins of an organisation its
    rows. Without a filter that says otherwise, users see their own deeds.

    Raises:
        Unauthorized: The caller is not signed in.
        Forbidden: The caller may not see what they ask for.
    """
    if ctx.auth is not None and ctx.auth.operator:
        require_operator(ctx)
        return _leading(filters)
    caller = require_user(ctx)
    meeting_id = _meeting_of(filters)
    if meeting_id is not None and _is_host(ctx, meeting_id):
        return Scope("by_meeting", (meeting_id,))
    if filters.actor_user_id == caller.id:
        return Scope("by_actor", (caller.id,))
    organisation = organisation_of_admin(ctx)
    if organisation is not None:
        return Scope("by_org", (organisation,))
    if filters.actor_user_id is None and meeting_id is None:
        return Scope("by_actor", (caller.id,))
    raise Forbidden(NOT_YOURS)


def find(
    ctx: QueryCtx, scope: Scope, filters: Filters, size: int, examined: int, cursor: str | None, end: str | None
) -> Page[AuditLog]:
    """Return a page of the rows in a scope for which the filters hold, newest first.

    Raises:
        Invalid: The cursor belongs to another list.
        LimitExceeded: The call has used up its reads or its time.
    """
    matching: Callable[[AuditLog], bool] = filters.hold
    return ctx.db.paginate_matching(
        AuditLog,
        scope.index,
        *scope.prefix,
        matching=matching,
        examined=examined,
        cursor=cursor,
        size=size,
        since=filters.since,
        until=filters.until,
        end=end,
    )


def visible(ctx: QueryCtx, filters: Filters, ids: Iterable[AuditLogId]) -> set[AuditLogId]:
    """Return those of the rows that the caller may see now, of those that they saw with the same filters before.

    Raises:
        Unauthorized: The caller is not signed in.
        Forbidden: The caller may not see what they ask for.
    """
    scope = scope_of(ctx, filters)
    if scope.operator:
        return set(ids)
    found = (ctx.db.get(AuditLog, id) for id in ids)
    return {row.id for row in found if row is not None and _key(scope.index, row) == scope.prefix}


class Place(msgspec.Struct, frozen=True):
    """Where a call came from, as far as it is still known."""

    address: str | None = None
    agent: str | None = None


UNKNOWN = Place()


class Places:
    """The places of rows; each source is looked up once."""

    def __init__(self, ctx: QueryCtx) -> None:
        self._ctx = ctx
        self._known: dict[str, Place] = {}

    def of(self, row: AuditLog) -> Place:
        """Return where the call came from that a row tells of."""
        if row.source is None:
            return UNKNOWN
        if row.source not in self._known:
            found = self._ctx.db.first(AuditSource, "by_digest", row.source)
            self._known[row.source] = UNKNOWN if found is None else Place(found.address, found.agent)
        return self._known[row.source]


def _key(index: str, row: AuditLog) -> tuple[object, ...]:
    """Return the values of a row in the columns of an index."""
    return tuple(getattr(row, column) for column in table_of(AuditLog).indexes[index])


def _leading(filters: Filters) -> Scope:
    """Return the range of the first filter that has an index."""
    if filters.resource_type is not None and filters.resource_id is not None:
        return Scope("by_resource", (filters.resource_type, filters.resource_id), True)
    for index, value in (
        ("by_actor", filters.actor_user_id),
        ("by_meeting", filters.meeting_id),
        ("by_action", filters.action),
    ):
        if value is not None:
            return Scope(index, (value,), True)
    return Scope("by_creation", (), True)


def _meeting_of(filters: Filters) -> MeetingId | None:
    """Return the meeting that the filters name, directly or as the resource."""
    for named in (filters.meeting_id, filters.resource_id):
        if named is not None and table_of(Meeting).owns_id(named):
            return MeetingId(named)
    return None


def _is_host(ctx: QueryCtx, meeting_id: MeetingId) -> bool:
    try:
        require_role(ctx, meeting_id, "host")
    except FunctionError:
        return False
    return True
