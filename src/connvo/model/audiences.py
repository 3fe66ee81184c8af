"""Guards of shared queries: each checks the caller and returns the audience they belong to.

All in an audience get the same answer, run once. So an audience says as little as the answers allow: None where
all who may ask see the same.
"""

from connvo.runtime.context import QueryCtx
from connvo.schema.meetings import MeetingId, Role

from .access import require_member, require_role


def members(ctx: QueryCtx, meeting_id: MeetingId) -> None:
    """Admit the members of a meeting.

    Raises:
        Unauthorized: The caller has no account.
        Forbidden: The caller is not a member, or there is no such meeting.
    """
    require_member(ctx, meeting_id)


def present_members(ctx: QueryCtx, meeting_id: MeetingId) -> None:
    """Admit the members of a meeting, and take the question as a heartbeat.

    Raises:
        Unauthorized: The caller has no account.
        Forbidden: The caller is not a member, or there is no such meeting.
    """
    user, _ = require_member(ctx, meeting_id)
    ctx.heartbeat(meeting_id, user.id)


def hosts(ctx: QueryCtx, meeting_id: MeetingId) -> None:
    """Admit the hosts of a meeting.

    Raises:
        Unauthorized: The caller has no account.
        Forbidden: The caller is not a member, or there is no such meeting.
        InsufficientRole: The caller is not a host.
    """
    require_role(ctx, meeting_id, "host")


def hosts_and_others(ctx: QueryCtx, meeting_id: MeetingId) -> bool:
    """Admit the members of a meeting; return whether the caller is a host.

    Raises:
        Unauthorized: The caller has no account.
        Forbidden: The caller is not a member, or there is no such meeting.
    """
    _, member = require_member(ctx, meeting_id)
    return member.role == "host"


def roles(ctx: QueryCtx, meeting_id: MeetingId) -> Role:
    """Admit the members of a meeting; return the caller's role.

    Raises:
        Unauthorized: The caller has no account.
        Forbidden: The caller is not a member, or there is no such meeting.
    """
    _, member = require_member(ctx, meeting_id)
    return member.role
