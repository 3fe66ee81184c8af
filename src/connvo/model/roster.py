"""The roster of a meeting: its members, their sessions, and who is being reconnected, as one feed.

Guarantees: `changes_since` depends on nothing of the caller. Names that only the caller may see are in `private_cards`.
"""

from connvo.rules.quality import Grade
from connvo.runtime.context import QueryCtx
from connvo.runtime.wire import Result
from connvo.schema.meetings import Meeting, MeetingId, Participant, Presence, Role
from connvo.schema.sessions import Metadata, SessionState, WebrtcSession
from connvo.schema.users import User, UserId

from . import changes
from .meetings.members import members
from .meetings.views import UserCard, card_of
from .signalling.sessions import sessions_of
from .users.visibility import shows_itself, shows_to_all, viewer_of

MS = 1000.0


class Reconnecting(Result, frozen=True, kw_only=True):
    """A member who is being reconnected since `at`, at most until `until`; in ms. `retry_at`: as they were advised."""

    at: float
    until: float
    retry_at: float | None = None


class RosterMember(Result, frozen=True, kw_only=True):
    """A member; the name and the picture are absent if they are not for all members."""

    user_id: UserId
    creation_time: float
    role: Role
    presence: Presence
    joined_at: float | None = None
    left_at: float | None = None
    display_name: str | None = None
    avatar_url: str | None = None
    reconnecting: Reconnecting | None = None


class RosterSession(Result, frozen=True, kw_only=True):
    """An open session. `quality` is the last grade of its connection, while the member sends samples."""

    session_id: str
    creation_time: float
    user_id: UserId
    state: SessionState
    metadata: Metadata | None = None
    quality: Grade | None = None


class RosterChanges(Result, frozen=True, kw_only=True):
    """The changes of a roster after a revision, up to `revision`.

    Apply `removed` and `ended` first, then `members` by user id and `sessions` by session id. If `complete`, the answer
    is the whole roster, and replaces everything. From now on, name `milestone`.
    """

    revision: float
    milestone: float
    complete: bool
    removed: list[UserId]
    members: list[RosterMember]
    ended: list[str]
    sessions: list[RosterSession]


def changes_since(ctx: QueryCtx, meeting_id: MeetingId, since: float | None) -> RosterChanges:
    """Return the changes of a meeting's roster after a revision, or the whole roster."""
    window = changes.window(ctx, meeting_id, "roster", since)
    if window.complete:
        found, devices = members(ctx, meeting_id), sessions_of(ctx, meeting_id)
    else:
        found = changes.changed(ctx, window, Participant)
        devices = changes.changed(ctx, window, WebrtcSession)
    return RosterChanges(
        revision=window.revision,
        milestone=window.milestone,
        complete=window.complete,
        removed=[UserId(user_id) for user_id in window.removed],
        members=[view for member in found if (view := _member(ctx, member)) is not None],
        ended=[device.session_id for device in devices if not device.open],
        sessions=[_session(device) for device in devices if device.open],
    )


def private_cards(ctx: QueryCtx, meeting_id: MeetingId, caller: User, own: Participant) -> list[UserCard]:
    """Return the cards that the caller may see, but not all members: their guests', their own, and an admin's."""
    viewer, meeting = viewer_of(ctx, caller, own), ctx.db.get(Meeting, meeting_id)
    some = {own.user_id: own}
    if viewer.user_id is not None:
        guests = ctx.db.scan(Participant, "by_added", meeting_id, viewer.user_id, "invited")
        some |= {guest.user_id: guest for guest in guests}
    if viewer.admin_of is not None:
        invited = ctx.db.scan(Participant, "by_meeting_presence", meeting_id, "invited")
        some |= {member.user_id: member for member in invited}
    cards: list[UserCard] = []
    for member in some.values():
        person = ctx.db.get(User, member.user_id)
        if person is None or meeting is None or shows_to_all(ctx, member):
            continue
        if shows_itself(ctx, viewer, meeting, member, person):
            cards.append(card_of(person))
    return cards


def _member(ctx: QueryCtx, member: Participant) -> RosterMember | None:
    user = ctx.db.get(User, member.user_id)
    if user is None:
        return None
    shown = shows_to_all(ctx, member)
    return RosterMember(
        user_id=member.user_id,
        creation_time=member.creation_time,
        role=member.role,
        presence=member.presence,
        joined_at=member.joined_at,
        left_at=member.left_at,
        display_name=user.display_name if shown else None,
        avatar_url=user.avatar_url if shown else None,
        reconnecting=_reconnecting(ctx, member),
    )


def _reconnecting(ctx: QueryCtx, member: Participant) -> Reconnecting | None:
    at = member.failed_at
    if at is None:
        return None
    return Reconnecting(at=at, until=at + ctx.settings.recovery.window_seconds * MS, retry_at=member.retry_at)


def _session(session: WebrtcSession) -> RosterSession:
    return RosterSession(
        session_id=session.session_id,
        creation_time=session.creation_time,
        user_id=session.user_id,
        state=session.state,
        metadata=session.metadata,
        quality=session.quality,
    )
