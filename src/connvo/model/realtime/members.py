"""The members of a meeting, as the documented subscription shows them."""

from connvo.model.meetings.members import members
from connvo.model.users.visibility import Viewer, shows_itself, viewer_of
from connvo.rules.users import is_placeholder
from connvo.runtime.context import QueryCtx
from connvo.runtime.wire import Result
from connvo.schema.meetings import Meeting, Participant, ParticipantId, Presence, Role
from connvo.schema.users import User, UserId

NO_ADDRESS = ""


class PersonCard(Result, frozen=True, kw_only=True):
    """The public data of a member. `email` is empty but for hosts of the same organisation."""

    display_name: str | None = None
    email: str
    avatar_url: str | None = None


class SubscribedMember(Result, frozen=True, kw_only=True):
    """A member; times in milliseconds."""

    id: ParticipantId
    user_id: UserId
    role: Role
    presence: Presence
    joined_at: float | None = None
    left_at: float | None = None
    user: PersonCard


def shown_to(ctx: QueryCtx, meeting: Meeting, caller: User, own: Participant) -> list[SubscribedMember]:
    """Return the members of a meeting, as one of them may see them."""
    viewer = viewer_of(ctx, caller, own)
    found: list[SubscribedMember] = []
    for member in members(ctx, meeting.id):
        person = ctx.db.get(User, member.user_id)
        if person is not None:
            card = _card(ctx, viewer, meeting, caller, own, member, person)
            found.append(SubscribedMember.from_row(member, user=card))
    return found


def _card(
    ctx: QueryCtx, viewer: Viewer, meeting: Meeting, caller: User, own: Participant, member: Participant, person: User
) -> PersonCard:
    if not shows_itself(ctx, viewer, meeting, member, person):
        return PersonCard(email=NO_ADDRESS)
    colleague = own.role == "host" and person.org_id is not None and person.org_id == caller.org_id
    address = person.email if colleague and not is_placeholder(person.email) else NO_ADDRESS
    return PersonCard(display_name=person.display_name, email=address, avatar_url=person.avatar_url)
