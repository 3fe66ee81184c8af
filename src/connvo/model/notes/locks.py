"""The lock of notes: while it is set, only hosts write. Everyone who could read still does."""

from connvo.kernel.errors import Forbidden
from connvo.model.audit import audit
from connvo.rules.permissions import Permission, granted
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.meetings import MeetingId, Participant, Role
from connvo.schema.notes import NoteLock
from connvo.schema.users import UserId

from .heads import RESOURCE

LOCKED = "A host has locked the notes: what you wrote is not saved"


def is_locked(ctx: QueryCtx, meeting_id: MeetingId) -> bool:
    """Return whether only hosts may write."""
    return ctx.db.first(NoteLock, "by_meeting", meeting_id) is not None


def permissions(ctx: QueryCtx, meeting_id: MeetingId, role: Role) -> tuple[Permission, ...]:
    """Return the permissions of a role on the notes now: while they are locked, only those who manage them write."""
    found = granted("meetingNotes", role)
    if "manage" in found or "write" not in found or not is_locked(ctx, meeting_id):
        return found
    return tuple(one for one in found if one != "write")


def may_write(ctx: QueryCtx, meeting_id: MeetingId, role: Role) -> bool:
    """Return whether members of a role may write: hosts always, participants unless the notes are locked."""
    return "write" in permissions(ctx, meeting_id, role)


def require_unlocked(ctx: QueryCtx, member: Participant) -> None:
    """Check that a host or participant may write now.

    Raises:
        Forbidden: The notes are locked, and the member is no host.
    """
    if not may_write(ctx, member.meeting_id, member.role):
        raise Forbidden(LOCKED, meetingId=member.meeting_id, reason="locked")


def set_locked(ctx: MutationCtx, meeting_id: MeetingId, locked: bool, actor: UserId) -> None:
    """Lock or unlock the notes; does nothing if they are so already."""
    held = ctx.db.first(NoteLock, "by_meeting", meeting_id)
    if (held is not None) == locked:
        return
    if held is None:
        ctx.db.insert(NoteLock(meeting_id=meeting_id, at=ctx.now))
    else:
        ctx.db.delete(held)
    audit(ctx, "notes.lock" if locked else "notes.unlock", RESOURCE, meeting_id, actor)
