"""Departure from meetings: leaving, removal, and the end of an account.

Guarantees:
    A departure closes the user's sessions and drops their signals in the same transaction.
    When the last member leaves a running meeting, the grace after which the server ends it begins.
    A meeting that continues always has a host.
"""

from connvo.model import changes
from connvo.model.access import RANK, require_meeting
from connvo.model.history import timeline
from connvo.model.meetings import attendance, mute_requests
from connvo.model.meetings.members import change_role, find_person, hosts, joined_count, members, takes_members
from connvo.model.notes import cursors
from connvo.model.rooms import eviction
from connvo.model.signalling.sessions import close_member_sessions
from connvo.model.transcripts import captions
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import internal_mutation
from connvo.schema.meetings import Meeting, MeetingState, Participant
from connvo.schema.users import User, UserId

from . import consent, lobby, transitions

LEAVE_BATCH = 25
_OPEN_STATES: tuple[MeetingState, ...] = ("active", "scheduled")


def depart(ctx: MutationCtx, meeting: Meeting, member: Participant, reason: str | None = None) -> None:
    """Take a joined member out of the running meeting; the membership stays. Does nothing for other members."""
    if member.presence != "joined":
        return
    close_member_sessions(ctx, meeting.id, member.user_id)
    captions.drop_open(ctx, meeting.id, member.user_id)
    mute_requests.drop(ctx, meeting.id, member.user_id)
    eviction.evict(ctx, meeting, member.user_id)
    timeline.note(ctx, meeting, member.user_id, "left", reason=reason)
    attendance.end_stay(ctx, member)
    changes.patch(ctx, member, presence="left", left_at=ctx.now, failed_at=None, retry_at=None)
    _mark_if_empty(ctx, meeting)


def remove(ctx: MutationCtx, meeting: Meeting, member: Participant) -> None:
    """End a membership of an open meeting, and the invitations that would bring the user back.

    The host still sees the address as invited; otherwise its owner would be revealed.
    """
    consent.turn_down(ctx, meeting.id, member.user_id)
    consent.drop(ctx, member)
    lobby.drop(ctx, meeting.id, member.user_id)
    close_member_sessions(ctx, meeting.id, member.user_id)
    captions.drop_open(ctx, meeting.id, member.user_id)
    mute_requests.drop(ctx, meeting.id, member.user_id)
    cursors.remove_all(ctx, meeting.id, member.user_id)
    if meeting.state == "active":
        eviction.evict(ctx, meeting, member.user_id)
        timeline.note(ctx, meeting, member.user_id, "removed")
    if member.presence == "joined":
        attendance.end_stay(ctx, member)
    changes.remove(ctx, member, member.user_id)
    ctx.db.patch(meeting, participant_count=meeting.participant_count - 1, updated_at=ctx.now)
    if member.presence == "joined":
        _mark_if_empty(ctx, meeting)


def may_decline(meeting: Meeting, member: Participant) -> bool:
    """Return whether a member may end the membership: they have not joined and the meeting does not depend on them."""
    depends = member.user_id == meeting.organizer_id or (member.role == "host" and not member.asked)
    return member.presence != "joined" and not depends


def decline(ctx: MutationCtx, meeting: Meeting, member: Participant) -> None:
    """End the membership of a user who is not in the meeting, permanently, at their own request."""
    remove(ctx, meeting, member)
    if takes_members(ctx, meeting):
        consent.decline(ctx, meeting.id, member.user_id)


def leave_everywhere(ctx: MutationCtx, user_id: UserId) -> None:
    """End a user's memberships of all open meetings, running meetings first, in batches of `LEAVE_BATCH`.

    A meeting they hosted alone passes to its next eligible member, or ends if there is none. Past meetings stay as
    they are.
    """
    found = _open_memberships(ctx, user_id, LEAVE_BATCH + 1)
    for member in found[:LEAVE_BATCH]:
        _leave_for_good(ctx, member)
    if len(found) > LEAVE_BATCH:
        ctx.scheduler.run_after(0, leave_the_rest, user_id=user_id)


@internal_mutation
def leave_the_rest(ctx: MutationCtx, user_id: UserId) -> None:
    """Continue `leave_everywhere`, unless the account is active again."""
    user = ctx.db.get(User, user_id)
    if user is None or not user.is_active:
        leave_everywhere(ctx, user_id)


def has_open_memberships(ctx: QueryCtx, user_id: UserId) -> bool:
    """Return whether a user belongs to a meeting that is not over."""
    return bool(_open_memberships(ctx, user_id, 1))


def hosts_besides(ctx: QueryCtx, member: Participant) -> list[Participant]:
    """Return the other hosts of the member's meeting."""
    return [m for m in hosts(ctx, member.meeting_id) if m.user_id != member.user_id]


def _open_memberships(ctx: QueryCtx, user_id: UserId, limit: int) -> list[Participant]:
    found: list[Participant] = []
    for state in _OPEN_STATES:
        found += ctx.db.scan(Participant, "by_user_state", user_id, state, limit=limit)
    return found[:limit]


def _leave_for_good(ctx: MutationCtx, member: Participant) -> None:
    meeting = require_meeting(ctx, member.meeting_id)
    if member.role == "host":
        heir = _heir(ctx, member)
        if heir is None:
            _close_hostless(ctx, meeting)
            return
        if not hosts_besides(ctx, member):
            heir = change_role(ctx, heir, "host")
        if meeting.organizer_id == member.user_id:
            meeting = ctx.db.patch(meeting, organizer_id=heir.user_id)
            changes.touch(ctx, heir)
    remove(ctx, meeting, member)


def _close_hostless(ctx: MutationCtx, meeting: Meeting) -> None:
    if meeting.state == "active":
        transitions.end(ctx, meeting, None, "host_gone")
    else:
        transitions.cancel(ctx, meeting, None, "host_gone")


def _heir(ctx: QueryCtx, leaving: Participant) -> Participant | None:
    """Return the member who takes over: a host, else a joined member, else the oldest one; never an observer."""
    others = [m for m in members(ctx, leaving.meeting_id) if m.user_id != leaving.user_id and m.role != "observer"]
    others = [m for m in others if not m.asked]
    others = [m for m in others if find_person(ctx, m.user_id) is not None]
    return min(others, key=lambda m: (-RANK[m.role], m.presence != "joined", m.creation_time), default=None)


def _mark_if_empty(ctx: MutationCtx, meeting: Meeting) -> None:
    if meeting.state == "active" and meeting.empty_since is None and joined_count(ctx, meeting) == 0:
        ctx.db.patch(meeting, empty_since=ctx.now)
