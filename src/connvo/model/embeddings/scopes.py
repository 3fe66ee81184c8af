"""The texts that a caller may search: their own texts, and those of the meetings that they are a member of.

The report of a meeting is searched by the members who were in its call, as they alone may read it.

Guarantees: scopes come from the verified caller and membership rows, never from arguments or from what is stored with
a vector.
"""

from collections.abc import Sequence

import msgspec

from connvo.kernel.errors import LimitExceeded
from connvo.model.access import find_user, require_operator, require_user
from connvo.model.insights import attendees
from connvo.model.meetings.members import member_of
from connvo.runtime.context import QueryCtx
from connvo.schema.embeddings import Embedding
from connvo.schema.meetings import MeetingId, Participant
from connvo.schema.users import UserId

from .sources import meeting_scope, report_scope, user_scope

MAX_SCOPES = 1_000
USER, MEETING, REPORT = "user", "meeting", "report"


class Reader(msgspec.Struct, frozen=True):
    """A caller: an operator, who reads everything, or a user."""

    user_id: UserId | None
    operator: bool

    @property
    def required_user_id(self) -> UserId:
        """The id of a caller who is no operator, and so has an account."""
        assert self.user_id is not None
        return self.user_id


def reader(ctx: QueryCtx) -> Reader:
    """Return the caller.

    Raises:
        Unauthorized: The caller has no account, and is no operator.
        Forbidden: The account is deactivated.
    """
    if ctx.auth is not None and ctx.auth.operator:
        require_operator(ctx)
        user = find_user(ctx)
        return Reader(None if user is None else user.id, True)
    return Reader(require_user(ctx).id, False)


def may_read(ctx: QueryCtx, caller: Reader, row: Embedding) -> bool:
    """Return whether a caller may read a vector."""
    return caller.operator or _may_read_scope(ctx, caller.user_id, row.scope)


def scopes_of(ctx: QueryCtx, user_id: UserId) -> list[str]:
    """Return all scopes of a user.

    Raises:
        LimitExceeded: They are too many to be searched at once.
    """
    found = memberships(ctx, user_id)
    if len(found) >= MAX_SCOPES:
        raise LimitExceeded(f"A search covers {MAX_SCOPES} meetings at most: search in one", limit=MAX_SCOPES)
    meetings = [meeting_scope(member.meeting_id) for member in found]
    reports = [report_scope(member.meeting_id) for member in found if reads_report(ctx, member)]
    return [user_scope(user_id), *meetings, *reports]


def reads_report(ctx: QueryCtx, member: Participant) -> bool:
    """Return whether a member may read the report of the meeting."""
    return member.first_joined_at is not None or attendees.attended(ctx, member.meeting_id, member.user_id)


def may_read_some(ctx: QueryCtx, caller: Reader, row: Embedding) -> bool:
    """Return whether a caller may read vectors of the source of a row, though perhaps not this one."""
    if caller.operator or row.meeting_id is None:
        return may_read(ctx, caller, row)
    return _may_read_scope(ctx, caller.user_id, meeting_scope(row.meeting_id))


def memberships(ctx: QueryCtx, user_id: UserId) -> Sequence[Participant]:
    """Return the newest memberships of a user, up to `MAX_SCOPES`."""
    return ctx.db.scan(Participant, "by_user", user_id, reverse=True, limit=MAX_SCOPES)


def _may_read_scope(ctx: QueryCtx, user_id: UserId | None, scope: str) -> bool:
    kind, _, id = scope.partition(":")
    if user_id is None:
        return False
    if kind == USER:
        return id == user_id
    member = member_of(ctx, MeetingId(id), user_id) if kind in (MEETING, REPORT) else None
    return member is not None and (kind == MEETING or reads_report(ctx, member))
