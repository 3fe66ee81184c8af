"""Invitations by e-mail address, each open until the owner of the address answers it.

Guarantees:
    Until its owner accepts, the sender does not learn whether an address has an account, or who owns it.
    Only an address from the user's token claims can accept an invitation.
"""

from connvo.kernel.errors import Conflict
from connvo.model.blocks import is_blocked
from connvo.model.meetings import attendance
from connvo.model.meetings.members import crowded, is_crowded, member_of, takes_members
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.invitations import Invitation
from connvo.schema.meetings import Meeting, MeetingId, Participant
from connvo.schema.users import User, UserId

from . import consent
from .joining import add

MAX_LISTED = 500


def invite(ctx: MutationCtx, meeting: Meeting, addresses: list[str], host: User) -> None:
    """Invite every address to the host's new meeting. An invitation takes no seat.

    Raises:
        Conflict: There are more guests than a meeting can have members, or one address has too many unanswered
            invitations of the host.
        RateLimited: The host has sent too many invitations lately.
    """
    wanted = [one for one in addresses if one != host.email]
    if is_crowded(ctx, meeting, len(wanted)):
        raise crowded(ctx, meeting)
    consent.charge_invitations(ctx, host.id, len(wanted))
    for one in wanted:
        _refuse_too_many(ctx, one, host.id)
        ctx.db.insert(Invitation(meeting_id=meeting.id, email=one, invited_by=host.id, created_at=ctx.now))


def invite_one(ctx: MutationCtx, meeting: Meeting, address: str, host: User) -> None:
    """Invite one more address to a host's meeting. The result does not depend on whether it has an account.

    Raises:
        Conflict: The host has already invited the address, the meeting is full with the host's invitations, or the
            address has too many unanswered invitations of the host.
        RateLimited: The host has sent too many invitations lately.
    """
    sent = sent_by(ctx, meeting.id, host.id)
    if any(one.email == address for one in sent):
        raise Conflict("You have already invited this address", field="email", reason="invited")
    if is_crowded(ctx, meeting, len(sent) + 1):
        raise crowded(ctx, meeting)
    consent.charge_invitations(ctx, host.id, 1)
    _refuse_too_many(ctx, address, host.id)
    ctx.db.insert(Invitation(meeting_id=meeting.id, email=address, invited_by=host.id, created_at=ctx.now))


def open_to(ctx: QueryCtx, user: User) -> list[Invitation]:
    """Return the invitations that await a user's answer, the newest first, without those of blocked users."""
    return [one for one in unanswered_of(ctx, user) if not is_blocked(ctx, user.id, one.invited_by)]


def unanswered_of(ctx: QueryCtx, user: User) -> list[Invitation]:
    """Return the invitations to a user's address that await an answer, including those of blocked users.

    Meetings that the user has declined or was removed from are excluded, even if the address became theirs later.
    """
    return [
        one
        for one in _to_address_of(ctx, user)
        if one.declined_by is None
        and not consent.has_declined(ctx, one.meeting_id, user.id)
        and not attendance.was_removed(ctx, one.meeting_id, user.id)
    ]


def find_open(ctx: QueryCtx, user: User, meeting_id: MeetingId) -> Invitation | None:
    """Return the invitation to a meeting that awaits a user's answer, or None."""
    return next((one for one in open_to(ctx, user) if one.meeting_id == meeting_id), None)


def sent_by(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> list[Invitation]:
    """Return a host's invitations to a meeting that have not been accepted, the oldest first."""
    return [one for one in ctx.db.scan(Invitation, "by_meeting", meeting_id) if one.invited_by == user_id]


def accept(ctx: MutationCtx, meeting_id: MeetingId, user: User) -> Participant | None:
    """Make a user a member of the meeting to which their address is invited; return the membership, or None.

    Raises:
        Conflict: The meeting has as many members as it can have.
    """
    found = find_open(ctx, user, meeting_id)
    meeting = None if found is None else ctx.db.get(Meeting, meeting_id)
    if found is None or meeting is None or not takes_members(ctx, meeting):
        return None
    if member_of(ctx, meeting_id, user.id) is not None:
        return None
    _, member = add(ctx, meeting, user.id, "participant")
    withdraw(ctx, meeting, user.id)
    return consent.accept(ctx, member)


def decline(ctx: MutationCtx, meeting_id: MeetingId, user: User) -> bool:
    """Decline the invitations of a user's address to a meeting; return whether there were any."""
    mine = [one for one in _to_address_of(ctx, user) if one.meeting_id == meeting_id and one.declined_by is None]
    for invitation in mine:
        ctx.db.patch(invitation, declined_by=user.id)
    if mine:
        consent.decline(ctx, meeting_id, user.id, untold=True)
    return bool(mine)


def withdraw(ctx: MutationCtx, meeting: Meeting, user_id: UserId) -> None:
    """Delete the invitations of a user's address to a meeting."""
    user = ctx.db.get(User, user_id)
    if user is None or not user.email_claimed:
        return
    for invitation in ctx.db.scan(Invitation, "by_meeting", meeting.id):
        if invitation.email == user.email:
            ctx.db.delete(invitation)


def _to_address_of(ctx: QueryCtx, user: User) -> list[Invitation]:
    if not user.email_claimed or not user.is_active:
        return []
    return ctx.db.scan(Invitation, "by_email", user.email, reverse=True, limit=MAX_LISTED)


def _refuse_too_many(ctx: QueryCtx, email: str, host_id: UserId) -> None:
    most = ctx.settings.meetings.unanswered_invitations
    waiting = ctx.db.scan(Invitation, "by_email", email, reverse=True, limit=MAX_LISTED)
    if sum(one.invited_by == host_id for one in waiting) >= most:
        raise Conflict(
            f"One of these addresses has {most} unanswered invitations of yours: wait until it answers",
            field="participantEmails",
            limit=most,
            reason="unanswered",
        )
