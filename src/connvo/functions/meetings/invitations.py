"""Invitations: invited users accept or decline. Until they accept, an invitation reveals nothing new about them.

Beside the documented API.
"""

from connvo.kernel.errors import NOT_ACTIVE, Invalid
from connvo.model.access import require_meeting, require_member, require_permission, require_user
from connvo.model.audit import audit
from connvo.model.meetings import members
from connvo.model.meetings.views import UserCard, card_of
from connvo.model.membership import agenda, consent, invitations, leaving, transitions
from connvo.model.past_answers import own_invitations
from connvo.rules import users
from connvo.rules.monitoring.shedding import Priority
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import mutation, query, rechecked
from connvo.runtime.wire import Result
from connvo.schema.meetings import MeetingId, MeetingState, Role
from connvo.schema.users import User, UserId

PRIORITY: Priority = "high"


class InvitationView(Result, frozen=True, kw_only=True):
    """A meeting that the caller is invited to, and the user who invited them. Times in milliseconds."""

    meeting_id: MeetingId
    title: str
    state: MeetingState
    role: Role
    scheduled_at: float | None = None
    invited_by: UserCard
    created_at: float


class InvitedAddress(Result, frozen=True, kw_only=True):
    """An invited address, as the caller typed it. `status` is the same whether or not it has an account."""

    email: str
    status: str
    created_at: float


@rechecked(own_invitations)
@query
def list_invitations(ctx: QueryCtx) -> list[InvitationView]:
    """Return up to 100 unanswered invitations of the caller, newest first.

    Invitations from users whom the caller has blocked are left out.
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
    """Return the addresses that the caller has invited to a meeting and that have not accepted yet. For hosts."""
    caller, _ = require_permission(ctx, meeting_id, "participants", "invite")
    return [
        InvitedAddress(email=one.email, status="invited", created_at=one.created_at)
        for one in invitations.sent_by(ctx, meeting_id, caller.id)
    ]


@mutation
def invite_address(ctx: MutationCtx, meeting_id: MeetingId, email: str) -> None:
    """Invite the owner of an e-mail address. For hosts, until the meeting is over for good. Sends no e-mail.

    The invitation waits until a user signs in with this address. The answer does not reveal whether it has an account.

    Raises:
        Conflict: The caller has invited the address already, has too many unanswered invitations to it, or the
            meeting has as many members and invitations as it can have.
        InsufficientRole: The caller is not a host.
        Invalid: `email` is not an address or is the caller's own, or the meeting is over for good.
        RateLimited: The caller has sent too many invitations.
    """
    caller, _ = require_permission(ctx, meeting_id, "participants", "invite")
    meeting = require_meeting(ctx, meeting_id)
    if not members.takes_members(ctx, meeting):
        raise Invalid(f"{NOT_ACTIVE[meeting.state]}: it takes no new people", "meetingId", state=meeting.state)
    address = users.email(email)
    if users.is_placeholder(address):
        raise Invalid("This address cannot be used to sign in", "email")
    if address == caller.email:
        raise Invalid("This is your own address", "email")
    invitations.invite_one(ctx, meeting, address, caller)
    audit(ctx, "meeting.invite_address", transitions.RESOURCE, meeting_id, caller.id)


@mutation
def accept_invitation(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Accept an invitation and become a member of the meeting. Does nothing if the caller has already accepted.

    Raises:
        Conflict: The meeting has as many members as it can have.
        Forbidden: The caller is not invited.
    """
    caller = require_user(ctx)
    if invitations.accept(ctx, meeting_id, caller) is None:
        _, member = require_member(ctx, meeting_id)
        consent.accept(ctx, member)


@mutation
def decline_invitation(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Decline an invitation or end the caller's membership, for good: hosts cannot add the caller again.

    For invited users, and for members who are not in the meeting now. They can still come in by the meeting's link.

    Raises:
        Forbidden: The caller is not invited.
        Invalid: The caller is in the meeting, or is its organiser or a host.
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
        raise Invalid("A host cannot decline: cancel the meeting, or make another member host first", "meetingId")
    leaving.decline(ctx, meeting, member)
    audit(ctx, "meeting.decline", transitions.RESOURCE, meeting_id, caller.id)


def _card(ctx: QueryCtx, user_id: UserId) -> UserCard:
    user = ctx.db.get(User, user_id)
    return UserCard(id=user_id) if user is None else card_of(user)
