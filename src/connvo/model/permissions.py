"""The permissions of the caller on the resources of meetings, as every function enforces them.

Guarantees: they are read in the caller's own snapshot or transaction, so a right that was taken away is gone at once.
"""

from connvo.kernel.errors import FunctionError
from connvo.rules.permissions import Permission, granted, resource_type
from connvo.runtime.context import QueryCtx
from connvo.schema.meetings import MeetingId, Role

from .access import require_member
from .notes import locks


def permissions_of(ctx: QueryCtx, resource_type: str, resource_id: MeetingId) -> frozenset[str]:
    """Return the permissions of the caller on a resource of a meeting.

    Raises:
        Unauthorized: The caller has no account.
        Forbidden: The caller is not a member, or there is no such meeting.
        Invalid: There is no such resource type.
    """
    return frozenset(Held(ctx).permissions(resource_type, resource_id))


class Held:
    """The caller's permissions in one snapshot; each meeting is looked up once."""

    def __init__(self, ctx: QueryCtx) -> None:
        self._ctx = ctx
        self._roles: dict[MeetingId, Role | FunctionError] = {}

    def permissions(self, resource: str, meeting_id: MeetingId) -> tuple[Permission, ...]:
        """Return the permissions on a resource of a meeting, in the order of the table.

        Raises:
            Unauthorized: The caller has no account.
            Forbidden: The caller is not a member, or there is no such meeting.
            Invalid: There is no such resource type.
        """
        known = resource_type(resource)
        if meeting_id not in self._roles:
            self._roles[meeting_id] = self._role(meeting_id)
        role = self._roles[meeting_id]
        if isinstance(role, FunctionError):
            raise role
        return locks.permissions(self._ctx, meeting_id, role) if known == "meetingNotes" else granted(known, role)

    def _role(self, meeting_id: MeetingId) -> Role | FunctionError:
        try:
            _, member = require_member(self._ctx, meeting_id)
        except FunctionError as refused:
            return refused
        return member.role
