"""Guests by e-mail: an invitation waits until the owner of its address accepts it.

Guarantees: the sender learns nothing of an address, neither whether it has an account nor who owns it, until its owner
has accepted. Only an address for which the issuer vouches takes an invitation.
"""

from connvo.kernel.errors import Conflict
from connvo.model.blocks import is_blocked
from connvo.model.meetings.members import crowded, is_crowded, member_of, takes_members
from connvo.model.meetings.removals import was_removed
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.invitations import Invitation
from connvo.schema.meetings import Meeting, MeetingId, Participant
from connvo.schema.users import User, UserId

from . import consent
from .joining import add

MAX_LISTED = 500


def invite(ctx: MutationCtx, meeting: Meeting, addresses: list[str], host: User) -> None:
    """Invite every address to the host's new meeting. An invitation holds no seat.

    Raises:
        Conflict: There are more guests than people who can belong to a meeting, or too many invitations of the host
            wait for one address.
        RateLimited: The host has invited too many people lately.
    """
    wanted = [one for one in addresses if one != host.email]
    if is_crowded(ctx, meeting, len(wanted)):
        raise crowded(ctx, meeting)
    consent.charge_invitations(ctx, host.id, len(wanted))
    for one in wanted:
        _refuse_too_many(ctx, one, host.id)
        ctx.db.insert(Invitation(meeting_id=meeting.id, email=one, invited_by=host.id, created_at=ctx.now))


def invite_one(ctx: MutationCtx, meeting: Meeting, address: str, host: User) -> None:
    """Invite one more address to a host's meeting. The answer is the same for an address with and without an account.

    Raises:
        Conflict: The host has invited the address already, or as many as people can belong to the meeting; or too many
            invitations of the host wait for the address.
        RateLimited: The host has invited too many people lately.
    """
    sent = sent_by(ctx, meeting.id, host.id)
    if any(one.email == address for one in sent):
        raise Conflict("You have invited this address already", field="email", reason="invited")
    if is_crowded(ctx, meeting, len(sent) + 1):
        raise crowded(ctx, meeting)
    consent.charge_invitations(ctx, host.id, 1)
    _refuse_too_many(ctx, address, host.id)
    ctx.db.insert(Invitation(meeting_id=meeting.id, email=address, invited_by=host.id, created_at=ctx.now))


def open_to(ctx: QueryCtx, user: User) -> list[Invitation]:
    """Return the invitations that wait for a person's answer, the newest first, without those of blocked users."""
    return [one for one in unanswered_of(ctx, user) if not is_blocked(ctx, user.id, one.invited_by)]


def unanswered_of(ctx: QueryCtx, user: User) -> list[Invitation]:
    """Return the invitations of a person's address that wait for an answer, those of blocked users as well.

    One to a meeting that the person has declined, or was removed from, waits for none, though the address may have
    become theirs since.
    """
    return [
        one
        for one in _to_address_of(ctx, user)
        if one.declined_by is None
        and not consent.has_declined(ctx, one.meeting_id, user.id)
        and not was_removed(ctx, one.meeting_id, user.id)
    ]


def find_open(ctx: QueryCtx, user: User, meeting_id: MeetingId) -> Invitation | None:
    """Return the invitation to a meeting that waits for a person's answer, or None."""
    return next((one for one in open_to(ctx, user) if one.meeting_id == meeting_id), None)


def sent_by(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> list[Invitation]:
    """Return the invitations to a meeting that a host sent and that were not accepted, the oldest first."""
    return [one for one in ctx.db.scan(Invitation, "by_meeting", meeting_id) if one.invited_by == user_id]


def accept(ctx: MutationCtx, meeting_id: MeetingId, user: User) -> Participant | None:
    """Make a person a member of the meeting to which their address is invited; return the membership, or None.

    Raises:
        Conflict: As many people belong to the meeting as can.
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
    """Turn down the invitation of a person's address to a meeting; return whether there was one."""
    mine = [one for one in _to_address_of(ctx, user) if one.meeting_id == meeting_id and one.declined_by is None]
    for invitation in mine:
        ctx.db.patch(invitation, declined_by=user.id)
    if mine:
        consent.decline(ctx, meeting_id, user.id, untold=True)
    return bool(mine)


def withdraw(ctx: MutationCtx, meeting: Meeting, user_id: UserId) -> None:
    """Drop the invitations of a person's address to a meeting."""
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
            f"{most} of your invitations wait for the answer of one of these addresses",
            field="participantEmails",
            limit=most,
            reason="unanswered",
        )
