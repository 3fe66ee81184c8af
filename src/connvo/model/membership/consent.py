"""Consent to a membership: asked of a person whom a host does not know, and given by accepting or joining.

A host knows the members of the same organisation, and people with whom they have been in a meeting. A membership is
`asked` exactly while there is a `PendingMembership`; declining it is final for its meeting, unless the person comes by
a link. An answer holds for every invitation of the person to that meeting, by account and by address.
"""

from connvo.kernel.errors import Conflict
from connvo.model.blocks import is_blocked
from connvo.model.rate_limits import charge
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.invitations import DeclinedInvitation, Invitation, PendingMembership
from connvo.schema.meetings import Meeting, MeetingId, Participant
from connvo.schema.users import User, UserId

# Meetings of either person that are looked at, the newest ones.
MEETINGS_COMPARED = 100
# Unanswered invitations of one person that are listed, and counted.
MAX_PENDING = 500
ACTION = "invitation"
HOUR = 3_600.0


def must_ask(ctx: QueryCtx, host: User, person: User) -> bool:
    """Return whether a host's invitation waits for the person's answer."""
    return is_blocked(ctx, person.id, host.id) or not _know_each_other(ctx, host, person)


def pending_of(ctx: QueryCtx, user_id: UserId) -> list[PendingMembership]:
    """Return the memberships that wait for a person's answer, the newest first."""
    return ctx.db.scan(PendingMembership, "by_user", user_id, reverse=True, limit=MAX_PENDING)


def charge_invitations(ctx: MutationCtx, host_id: UserId, count: int) -> None:
    """Count invitations of a host.

    Raises:
        RateLimited: They are more than the host may send now.
    """
    limits = ctx.settings.meetings
    if count:
        charge(ctx, host_id, ACTION, "", limits.invite_burst, limits.invite_per_hour / HOUR, cost=count)


def has_declined(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> bool:
    """Return whether a person does not want to belong to a meeting."""
    return _decline_of(ctx, meeting_id, user_id) is not None


def has_declined_openly(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> bool:
    """Return whether a person does not want to belong to a meeting, and its hosts may know."""
    held = _decline_of(ctx, meeting_id, user_id)
    return held is not None and not held.untold


def declined(meeting_id: MeetingId, user_id: UserId) -> Conflict:
    """Return the error for a person who does not want to belong to a meeting."""
    return Conflict(
        "This person has declined: send them the link, if they want to come after all",
        meetingId=meeting_id,
        userId=user_id,
        reason="declined",
    )


def is_waiting_for_many(ctx: QueryCtx, host_id: UserId, user_id: UserId) -> bool:
    """Return whether a person has not answered as many invitations of a host as may wait."""
    mine = [one for one in pending_of(ctx, user_id) if one.invited_by == host_id]
    return len(mine) >= ctx.settings.meetings.unanswered_invitations


def unanswered(ctx: QueryCtx) -> Conflict:
    """Return the error for one invitation more than may wait for an answer of one person."""
    most = ctx.settings.meetings.unanswered_invitations
    return Conflict(f"{most} of your invitations wait for this person's answer", limit=most, reason="unanswered")


def ask(ctx: MutationCtx, member: Participant, host_id: UserId) -> Participant:
    """Let a new membership wait for its person's answer; return it."""
    ctx.db.insert(
        PendingMembership(meeting_id=member.meeting_id, user_id=member.user_id, invited_by=host_id, created_at=ctx.now)
    )
    return ctx.db.patch(member, asked=True)


def accept(ctx: MutationCtx, member: Participant) -> Participant:
    """Note that a person wants to belong to a meeting; return the membership."""
    if member.asked:
        _settle(ctx, member)
    if member.accepted_at is not None:
        return member
    take_back_decline(ctx, member.meeting_id, member.user_id)
    turn_down(ctx, member.meeting_id, member.user_id)
    return ctx.db.patch(member, asked=False, accepted_at=ctx.now)


def drop(ctx: MutationCtx, member: Participant) -> None:
    """Forget that a membership waits for an answer, before it is deleted."""
    if member.asked:
        _settle(ctx, member)


def decline(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId, untold: bool = False) -> None:
    """Note that a person does not want to belong to a meeting; `untold`: hosts must not learn it."""
    held = _decline_of(ctx, meeting_id, user_id)
    if held is None:
        ctx.db.insert(DeclinedInvitation(meeting_id=meeting_id, user_id=user_id, created_at=ctx.now, untold=untold))
    elif held.untold and not untold:
        ctx.db.patch(held, untold=False)


def turn_down(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Let no invitation of a person's address to a meeting be accepted any more; its host sees no difference.

    Whoever only says that an address is theirs turns down nothing of its owner.
    """
    user = ctx.db.get(User, user_id)
    if user is None or not user.email_claimed:
        return
    for invitation in ctx.db.scan(Invitation, "by_meeting", meeting_id):
        if invitation.email == user.email and invitation.declined_by is None:
            ctx.db.patch(invitation, declined_by=user.id)


def take_back_decline(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Forget that a person did not want to belong to a meeting."""
    held = _decline_of(ctx, meeting_id, user_id)
    if held is not None:
        ctx.db.delete(held)


def pending_in(ctx: QueryCtx, meeting: Meeting) -> list[PendingMembership]:
    """Return the memberships of a meeting that wait for an answer."""
    return ctx.db.scan(PendingMembership, "by_member", meeting.id)


def forget_declines(ctx: MutationCtx, meeting: Meeting) -> None:
    """Forget who declined a meeting that is over for good."""
    for held in ctx.db.scan(DeclinedInvitation, "by_member", meeting.id):
        ctx.db.delete(held)


def _decline_of(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> DeclinedInvitation | None:
    return ctx.db.first(DeclinedInvitation, "by_member", meeting_id, user_id)


def _settle(ctx: MutationCtx, member: Participant) -> None:
    held = ctx.db.first(PendingMembership, "by_member", member.meeting_id, member.user_id)
    if held is not None:
        ctx.db.delete(held)


def _know_each_other(ctx: QueryCtx, one: User, other: User) -> bool:
    if one.id == other.id or (one.org_id is not None and one.org_id == other.org_id):
        return True
    mine = {member.meeting_id for member in _entered(ctx, one.id)}
    return any(member.meeting_id in mine for member in _entered(ctx, other.id))


def _entered(ctx: QueryCtx, user_id: UserId) -> list[Participant]:
    found = ctx.db.scan(Participant, "by_user", user_id, reverse=True, limit=MEETINGS_COMPARED)
    return [member for member in found if member.first_joined_at is not None]
