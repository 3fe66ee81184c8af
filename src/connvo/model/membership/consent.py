"""Consent to a membership: required of a user the host does not know, and given by accepting or joining.

A host knows the members of the same organisation, and users with whom they have been in a meeting.

Guarantees:
    A membership is `asked` exactly while it has a `PendingMembership`.
    Declining is final for the meeting, unless the user comes by a link.
    An answer applies to every invitation of the user to that meeting, by account and by address.
"""

from connvo.kernel.errors import Conflict
from connvo.model import changes
from connvo.model.blocks import is_blocked
from connvo.model.rate_limits import charge
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.invitations import DeclinedInvitation, Invitation, PendingMembership
from connvo.schema.meetings import Meeting, MeetingId, Participant
from connvo.schema.users import User, UserId

# The newest meetings of either user that are compared.
MEETINGS_COMPARED = 100
# Unanswered invitations of one user that are listed and counted.
MAX_PENDING = 500
ACTION = "invitation"
HOUR = 3_600.0


def must_ask(ctx: QueryCtx, host: User, person: User) -> bool:
    """Return whether a host's invitation requires the user's consent."""
    return is_blocked(ctx, person.id, host.id) or not know_each_other(ctx, host, person)


def pending_of(ctx: QueryCtx, user_id: UserId) -> list[PendingMembership]:
    """Return the memberships that await a user's answer, the newest first."""
    return ctx.db.scan(PendingMembership, "by_user", user_id, reverse=True, limit=MAX_PENDING)


def charge_invitations(ctx: MutationCtx, host_id: UserId, count: int) -> None:
    """Charge the rate limit for invitations of a host.

    Raises:
        RateLimited: The host may not send this many now.
    """
    limits = ctx.settings.meetings
    if count:
        charge(ctx, host_id, ACTION, "", limits.invite_burst, limits.invite_per_hour / HOUR, cost=count)


def has_declined(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> bool:
    """Return whether a user has declined a meeting."""
    return _decline_of(ctx, meeting_id, user_id) is not None


def has_declined_openly(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> bool:
    """Return whether a user has declined a meeting and its hosts may learn of it."""
    held = _decline_of(ctx, meeting_id, user_id)
    return held is not None and not held.untold


def declined(meeting_id: MeetingId, user_id: UserId) -> Conflict:
    """Return the error for a user who has declined the meeting."""
    return Conflict(
        "This person has declined the meeting: send them the link if they have changed their mind",
        meetingId=meeting_id,
        userId=user_id,
        reason="declined",
    )


def is_waiting_for_many(ctx: QueryCtx, host_id: UserId, user_id: UserId) -> bool:
    """Return whether a user has left as many invitations of a host unanswered as the settings allow."""
    mine = [one for one in pending_of(ctx, user_id) if one.invited_by == host_id]
    return len(mine) >= ctx.settings.meetings.unanswered_invitations


def unanswered(ctx: QueryCtx) -> Conflict:
    """Return the error for too many invitations of one host that await one user's answer."""
    most = ctx.settings.meetings.unanswered_invitations
    return Conflict(
        f"{most} of your invitations await this person's answer: wait until they reply",
        limit=most,
        reason="unanswered",
    )


def ask(ctx: MutationCtx, member: Participant, host_id: UserId) -> Participant:
    """Mark a new membership as awaiting its user's answer; return it."""
    ctx.db.insert(
        PendingMembership(meeting_id=member.meeting_id, user_id=member.user_id, invited_by=host_id, created_at=ctx.now)
    )
    return changes.patch(ctx, member, asked=True)


def accept(ctx: MutationCtx, member: Participant) -> Participant:
    """Record that a user accepts a membership; return it."""
    if member.asked:
        _settle(ctx, member)
    if member.accepted_at is not None:
        return member
    take_back_decline(ctx, member.meeting_id, member.user_id)
    turn_down(ctx, member.meeting_id, member.user_id)
    return changes.patch(ctx, member, asked=False, accepted_at=ctx.now)


def drop(ctx: MutationCtx, member: Participant) -> None:
    """Delete the pending answer of a membership that is about to be deleted."""
    if member.asked:
        _settle(ctx, member)


def decline(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId, untold: bool = False) -> None:
    """Record that a user declines a meeting; if `untold`, hosts must not learn of it."""
    held = _decline_of(ctx, meeting_id, user_id)
    if held is None:
        ctx.db.insert(DeclinedInvitation(meeting_id=meeting_id, user_id=user_id, created_at=ctx.now, untold=untold))
    elif held.untold and not untold:
        ctx.db.patch(held, untold=False)


def turn_down(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Void the invitations of a user's address to a meeting; its host sees no difference.

    Only a user whose token claims an address can void its invitations.
    """
    user = ctx.db.get(User, user_id)
    if user is None or not user.email_claimed:
        return
    for invitation in ctx.db.scan(Invitation, "by_meeting", meeting_id):
        if invitation.email == user.email and invitation.declined_by is None:
            ctx.db.patch(invitation, declined_by=user.id)


def take_back_decline(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Delete the record that a user declined a meeting."""
    held = _decline_of(ctx, meeting_id, user_id)
    if held is not None:
        ctx.db.delete(held)


def pending_in(ctx: QueryCtx, meeting: Meeting) -> list[PendingMembership]:
    """Return the memberships of a meeting that await an answer."""
    return ctx.db.scan(PendingMembership, "by_member", meeting.id)


def forget_declines(ctx: MutationCtx, meeting: Meeting) -> None:
    """Delete the declines of a meeting that cannot reopen."""
    for held in ctx.db.scan(DeclinedInvitation, "by_member", meeting.id):
        ctx.db.delete(held)


def _decline_of(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> DeclinedInvitation | None:
    return ctx.db.first(DeclinedInvitation, "by_member", meeting_id, user_id)


def _settle(ctx: MutationCtx, member: Participant) -> None:
    held = ctx.db.first(PendingMembership, "by_member", member.meeting_id, member.user_id)
    if held is not None:
        ctx.db.delete(held)


def know_each_other(ctx: QueryCtx, one: User, other: User) -> bool:
    """Return whether two users are in the same organisation, or have been in a meeting together."""
    if one.id == other.id or (one.org_id is not None and one.org_id == other.org_id):
        return True
    mine = {member.meeting_id for member in _entered(ctx, one.id)}
    return any(member.meeting_id in mine for member in _entered(ctx, other.id))


def _entered(ctx: QueryCtx, user_id: UserId) -> list[Participant]:
    found = ctx.db.scan(Participant, "by_user", user_id, reverse=True, limit=MEETINGS_COMPARED)
    return [member for member in found if member.first_joined_at is not None]
