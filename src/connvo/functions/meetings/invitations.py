"""Invitations: the invited person accepts or declines; until then nobody learns more of them than before.

Beside the documented API.
"""

from connvo.kernel.errors import NOT_ACTIVE, Invalid
from connvo.model.access import require_meeting, require_member, require_role, require_user
from connvo.model.audit import audit
from connvo.model.meetings import members
from connvo.model.meetings.views import UserCard, card_of
from connvo.model.membership import agenda, consent, invitations, leaving, transitions
from connvo.model.past_answers import own_invitations
from connvo.rules import users
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import mutation, query, rechecked
from connvo.runtime.wire import Result
from connvo.schema.meetings import MeetingId, MeetingState, Role
from connvo.schema.users import User, UserId


class InvitationView(Result, frozen=True, kw_only=True):
    """A meeting to which the caller is invited, and by whom. Times in ms."""

    meeting_id: MeetingId
    title: str
    state: MeetingState
    role: Role
    scheduled_at: float | None = None
    invited_by: UserCard
    created_at: float


class InvitedAddress(Result, frozen=True, kw_only=True):
    """An address as the caller typed it. Its status is the same whether or not it has an account."""

    email: str
    status: str
    created_at: float


@rechecked(own_invitations)
@query
def list_invitations(ctx: QueryCtx) -> list[InvitationView]:
    """Return up to 100 invitations that wait for the caller's answer, the newest first.

    Those of people whom the caller has blocked are not among them.
    """
    caller = require_user(ctx)
    return [
        InvitationView(
            meeting_id=one.meeting.id,
            title=one.meeting.title,
            state=one.meeting.state,
            role=one.role,
            scheduled_at=one.meeting.scheduled_at,
            invited_by=_card(ctx, one.invited_by),
            created_at=one.created_at,
        )
        for one in agenda.waiting(ctx, caller)
    ]


@query
def list_invited_addresses(ctx: QueryCtx, meeting_id: MeetingId) -> list[InvitedAddress]:
    """Return the addresses that the caller has invited to a meeting and that have not accepted. For hosts."""
    caller, _ = require_role(ctx, meeting_id, "host")
    return [
        InvitedAddress(email=one.email, status="invited", created_at=one.created_at)
        for one in invitations.sent_by(ctx, meeting_id, caller.id)
    ]


@mutation
def invite_address(ctx: MutationCtx, meeting_id: MeetingId, email: str) -> None:
    """Invite the owner of an e-mail address. For hosts, until the meeting is over for good. No e-mail is sent.

    The invitation waits until somebody signs in with this address. Nobody learns whether it has an account.

    Raises:
        Invalid: It is no address, it is the caller's own, or the meeting is over for good.
        Conflict: The caller has invited the address already, leaves it too many invitations, or as many people are
            invited as can belong to the meeting.
        RateLimited: The caller has invited many people lately.
    """
    caller, _ = require_role(ctx, meeting_id, "host")
    meeting = require_meeting(ctx, meeting_id)
    if not members.takes_members(ctx, meeting):
        raise Invalid(f"{NOT_ACTIVE[meeting.state]}: nobody can be invited any more", "meetingId", state=meeting.state)
    address = users.email(email)
    if users.is_placeholder(address):
        raise Invalid("Nobody can sign in with this address", "email")
    if address == caller.email:
        raise Invalid("This is your own address", "email")
    invitations.invite_one(ctx, meeting, address, caller)
    audit(ctx, "meeting.invite_address", transitions.RESOURCE, meeting_id, caller.id)


@mutation
def accept_invitation(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Agree to belong to a meeting. For invited people; nothing happens to one who has agreed.

    Raises:
        Forbidden: The caller is not invited.
        Conflict: As many people belong to the meeting as can.
    """
    caller = require_user(ctx)
    if invitations.accept(ctx, meeting_id, caller) is None:
        _, member = require_member(ctx, meeting_id)
        consent.accept(ctx, member)


@mutation
def decline_invitation(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """End the caller's membership, or turn down the invitation, for good: hosts cannot add the caller again.

    For members who are not in the meeting now, and for invited people. The meeting's link still lets them in.

    Raises:
        Forbidden: The caller is not invited.
        Invalid: The caller is in the meeting, or the meeting depends on them: the organiser and hosts.
    """
    caller = require_user(ctx)
    turned_down = invitations.decline(ctx, meeting_id, caller)
    if members.member_of(ctx, meeting_id, caller.id) is None and turned_down:
        return
    _, member = require_member(ctx, meeting_id)
    meeting = require_meeting(ctx, meeting_id)
    if member.presence == "joined":
        raise Invalid("Leave the meeting first", "meetingId")
    if not leaving.may_decline(meeting, member):
        raise Invalid("A host cannot decline: cancel the meeting, or make somebody else host first", "meetingId")
    leaving.decline(ctx, meeting, member)
    audit(ctx, "meeting.decline", transitions.RESOURCE, meeting_id, caller.id)


def _card(ctx: QueryCtx, user_id: UserId) -> UserCard:
    user = ctx.db.get(User, user_id)
    return UserCard(id=user_id) if user is None else card_of(user)
