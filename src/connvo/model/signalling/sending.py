"""Sending of signals from an open session to one member in the call, or to all of them.

Guarantees: either every addressee gets the signal, or the call fails and none does. If one member's full queue
refuses a broadcast, the error names the member; the others can still be reached one by one.
"""

from connvo.kernel.errors import Invalid, NotFound
from connvo.model.access import require_active, require_role
from connvo.model.meetings.members import member_of
from connvo.model.rate_limits import charge
from connvo.runtime.context import MutationCtx
from connvo.schema.meetings import MeetingId, Participant
from connvo.schema.sessions import WebrtcSession
from connvo.schema.signals import IceCandidate, SessionDescription
from connvo.schema.users import UserId

from . import sessions
from .outbox import ACTION, Outbox
from .queues import size_of

MAX_MEDIA_LINE = 65_535


def sender(ctx: MutationCtx, meeting_id: MeetingId, session_id: str) -> WebrtcSession:
    """Return the caller's open session to send from; charge the rate limit and record a heartbeat.

    Raises:
        Forbidden: The caller is not a member.
        InsufficientRole: The caller is an observer.
        MeetingNotActive: The meeting has not started or is over.
        NotFound: The caller has no such session.
        Conflict: The session is over.
        RateLimited: The caller sends signals too fast.
    """
    user, _ = require_role(ctx, meeting_id, "participant")
    ctx.heartbeat(meeting_id, user.id)
    require_active(ctx, meeting_id)
    session = sessions.own_open_session(ctx, meeting_id, session_id, user.id)
    limits = ctx.settings.signals
    charge(ctx, user.id, ACTION, meeting_id, limits.burst, limits.per_second)
    return session


def send_description(
    ctx: MutationCtx, session: WebrtcSession, description: SessionDescription, target: UserId | None
) -> None:
    """Store a description for the target, or for all members in the call.

    Raises:
        Invalid: The description is empty or too large, or the target is the sender.
        NotFound: The target is not in the call.
        RateLimited: The sender sends too much, or an addressee's queue is full.
    """
    _check_description(description, ctx.settings.signals.sdp_bytes)
    addressees = _addressees(ctx, session, target)
    _charge_bytes(ctx, session, size_of(description) * len(addressees))
    for addressee in addressees:
        Outbox(ctx, session, addressee).description(description)


def send_candidate(ctx: MutationCtx, session: WebrtcSession, candidate: IceCandidate, target: UserId | None) -> None:
    """Store a candidate for the target, or for all members in the call.

    Raises:
        Invalid: The candidate is too large or its media line is invalid, or the target is the sender.
        NotFound: The target is not in the call.
        RateLimited: The sender sends too much, or an addressee's queue is full.
    """
    _check_candidate(candidate, ctx.settings.signals.candidate_bytes)
    addressees = _addressees(ctx, session, target)
    _charge_bytes(ctx, session, size_of(candidate) * len(addressees))
    for addressee in addressees:
        Outbox(ctx, session, addressee).candidate(candidate)


def _charge_bytes(ctx: MutationCtx, session: WebrtcSession, size: int) -> None:
    """Charge a large signal as several, up to the burst.

    Raises:
        RateLimited: The sender sends too many bytes.
    """
    limits = ctx.settings.signals
    more = min(size / limits.bytes_per_call, limits.burst) - 1
    if more > 0:
        charge(ctx, session.user_id, ACTION, session.meeting_id, limits.burst, limits.per_second, more)


def _addressees(ctx: MutationCtx, session: WebrtcSession, target: UserId | None) -> list[UserId]:
    """Return the target, or all joined members except observers and the sender.

    Raises:
        Invalid: The target is the sender.
        NotFound: The target is not a member, is an observer, or has not joined.
    """
    if target is None:
        joined = ctx.db.scan(Participant, "by_meeting_presence", session.meeting_id, "joined")
        return [m.user_id for m in joined if m.user_id != session.user_id and m.role != "observer"]
    if target == session.user_id:
        raise Invalid("You cannot signal to yourself: set targetUserId to another member", "targetUserId")
    member = member_of(ctx, session.meeting_id, target)
    if member is None:
        raise NotFound("Member of this meeting", target, field="targetUserId", reason="not_a_member")
    if member.role == "observer":
        raise NotFound("Member who takes part in the call", target, field="targetUserId", reason="observer")
    if member.presence != "joined":
        raise NotFound("Member who has joined the call", target, field="targetUserId", reason="not_joined")
    return [target]


def _check_description(description: SessionDescription, most: int) -> None:
    size = size_of(description)
    if size > most:
        raise Invalid(f"The description has {size} bytes; the limit is {most}", "description.sdp", limit=most)
    if not description.sdp and description.type != "rollback":
        raise Invalid("The description is empty; only a rollback may have no SDP", "description.sdp")


def _check_candidate(candidate: IceCandidate, most: int) -> None:
    size = size_of(candidate)
    if size > most:
        raise Invalid(f"The candidate has {size} bytes; the limit is {most}", "candidate.candidate", limit=most)
    line = candidate.sdp_m_line_index
    if line is not None and not (0 <= line <= MAX_MEDIA_LINE and line == int(line)):
        raise Invalid(f"sdpMLineIndex must be a whole number from 0 to {MAX_MEDIA_LINE}", "candidate.sdpMLineIndex")
