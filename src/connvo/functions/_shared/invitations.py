"""Guests by e-mail: known addresses become members at once, others when their owner first signs in."""

from ...runtime.context import MutationCtx
from ...schema.invitations import Invitation
from ...schema.meetings import Meeting
from ...schema.users import User, UserId
from .roster import add, crowded, is_crowded, member_of, takes_members

ACCEPT_BATCH = 100
ACCOUNTS_PER_ADDRESS = 100


def invite(ctx: MutationCtx, meeting: Meeting, addresses: list[str], host: User) -> Meeting:
    """Invite every address to the host's new meeting; return the meeting. An invitation holds no seat.

    Raises:
        Conflict: There are more guests than people who can belong to a meeting.
    """
    wanted = [one for one in addresses if one != host.email]
    if is_crowded(ctx, meeting, len(wanted)):
        raise crowded(ctx, meeting)
    for one in wanted:
        guest = _owner_of(ctx, one)
        if guest is None:
            ctx.db.insert(Invitation(meeting_id=meeting.id, email=one, invited_by=host.id, created_at=ctx.now))
        elif member_of(ctx, meeting.id, guest.id) is None:
            meeting, _ = add(ctx, meeting, guest.id, "participant")
    return meeting


def accept_invitations(ctx: MutationCtx, user: User) -> None:
    """Makes a person a member of the open meetings their address was invited to.

    Only an address that the issuer vouches for counts. An invitation to a meeting that takes no more members waits
    for the next sign-in; one to a meeting that is over for good is dropped.
    """
    if not user.email_claimed or not user.is_active:
        return
    for invitation in ctx.db.scan(Invitation, "by_email", user.email, limit=ACCEPT_BATCH):
        meeting = ctx.db.get(Meeting, invitation.meeting_id)
        if meeting is None or not takes_members(ctx, meeting):
            ctx.db.delete(invitation)
            continue
        if member_of(ctx, meeting.id, user.id) is None:
            if is_crowded(ctx, meeting):
                continue
            add(ctx, meeting, user.id, "participant")
        ctx.db.delete(invitation)


def withdraw(ctx: MutationCtx, meeting: Meeting, user_id: UserId) -> None:
    """Drops the open invitations of a person's address to a meeting."""
    user = ctx.db.get(User, user_id)
    for invitation in ctx.db.scan(Invitation, "by_meeting", meeting.id):
        if user is not None and invitation.email == user.email:
            ctx.db.delete(invitation)


def _owner_of(ctx: MutationCtx, email: str) -> User | None:
    """Returns the oldest active account whose issuer vouches for this address, or None."""
    found = ctx.db.scan(User, "by_email", email, limit=ACCOUNTS_PER_ADDRESS)
    return next((user for user in found if user.is_active and user.email_claimed), None)
