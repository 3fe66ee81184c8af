"""State transitions of a meeting with all their effects, in the caller's transaction.

Guarantees:
    A meeting that is over has no joined member, open session, signal, mute request, live recording or caption.
    A meeting that cannot reopen has no open invitation and no link either.
"""

from connvo.kernel.durations import in_words
from connvo.kernel.errors import Invalid
from connvo.model import changes
from connvo.model.audit import audit
from connvo.model.history import timeline
from connvo.model.insights import switch
from connvo.model.meetings import attendance, members, mute_requests
from connvo.model.meetings.activity import note_start
from connvo.model.meetings.links import drop_link
from connvo.model.notes.jobs import take_snapshot
from connvo.model.recordings import records
from connvo.model.rooms import placement
from connvo.model.signalling.sessions import MEETING_OVER, close_all_sessions
from connvo.model.transcripts import transcription
from connvo.rules.meeting_states import EndReason, Step, extended_by, is_open, next_state, refusal
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.invitations import Invitation
from connvo.schema.meetings import Meeting
from connvo.schema.users import UserId

from . import consent, lobby

RESOURCE = "meetings"
MS = 1000.0
OVER_FOR_GOOD = "The meeting is over and cannot be opened again: create a new one"
# End reasons after which a meeting may reopen: its members may have left by accident.
REOPENABLE: frozenset[EndReason] = frozenset({"empty"})


def start(ctx: MutationCtx, meeting: Meeting, actor: UserId) -> Meeting:
    """Make a scheduled meeting active; return it.

    Raises:
        Invalid: The meeting is in any other state.
    """
    meeting = _step(ctx, meeting, "start")
    note_start(ctx, meeting.id)
    audit(ctx, "meeting.start", RESOURCE, meeting.id, actor)
    meeting = ctx.db.patch(meeting, started_at=ctx.now)
    placement.begin(ctx, meeting)
    return meeting


def reopen(ctx: MutationCtx, meeting: Meeting, actor: UserId) -> Meeting:
    """Make a meeting that ended empty active again, in a new room; return it.

    If no host has an active account any more, the actor becomes host.

    Raises:
        Invalid: The meeting is not over, or cannot reopen.
    """
    if meeting.state == "concluded" and not members.is_reopenable(ctx, meeting):
        raise Invalid(OVER_FOR_GOOD, "meetingId", meetingId=meeting.id, state=meeting.state)
    meeting = _step(ctx, meeting, "reopen")
    note_start(ctx, meeting.id)
    switch.at_reopening(ctx, meeting)
    audit(ctx, "meeting.reopen", RESOURCE, meeting.id, actor)
    meeting = ctx.db.patch(
        meeting, started_at=ctx.now, extended_by=0.0, ended_at=None, end_reason=None, reopen_until=None
    )
    return placement.begin_again(ctx, _with_host(ctx, meeting, actor))


def end(ctx: MutationCtx, meeting: Meeting, actor: UserId | None, reason: EndReason) -> Meeting:
    """Conclude an active meeting; return it. `actor` is None when the server ends it.

    Raises:
        Invalid: The meeting is in any other state.
    """
    meeting = _step(ctx, meeting, "end")
    _close(ctx, meeting)
    placement.finish(ctx, meeting)
    ctx.scheduler.run_after(0, take_snapshot, meeting_id=meeting.id)
    switch.at_end(ctx, meeting)
    _audit_end(ctx, "meeting.end", meeting, actor, reason)
    grace_ms = ctx.settings.meetings.reopen_seconds * MS
    reopen_until = ctx.now + grace_ms if reason in REOPENABLE and grace_ms else None
    if reopen_until is None:
        meeting = _shut_out(ctx, meeting)
    return ctx.db.patch(meeting, ended_at=ctx.now, end_reason=reason, reopen_until=reopen_until, empty_since=None)


def can_extend(ctx: QueryCtx, meeting: Meeting) -> bool:
    """Return whether a host can still extend an active meeting."""
    limits = ctx.settings.meetings
    return limits.max_length_seconds * MS + meeting.extended_by < limits.max_extended_length_seconds * MS


def extend(ctx: MutationCtx, meeting: Meeting, actor: UserId) -> Meeting:
    """Extend an active meeting past its longest duration; return it.

    Raises:
        Invalid: The meeting is already extended to the maximum.
    """
    limits = ctx.settings.meetings
    if not can_extend(ctx, meeting):
        most = in_words(limits.max_extended_length_seconds)
        raise Invalid(
            f"A meeting can last {most} at most", "meetingId", maxLengthSeconds=limits.max_extended_length_seconds
        )
    longest, extension, most_ms = (
        length * MS
        for length in (limits.max_length_seconds, limits.extension_seconds, limits.max_extended_length_seconds)
    )
    added = extended_by(ctx.now, meeting.started_at or ctx.now, meeting.extended_by, longest, extension, most_ms)
    if added != meeting.extended_by:
        audit(ctx, "meeting.extend", RESOURCE, meeting.id, actor)
    return ctx.db.patch(meeting, extended_by=added)


def end_for_good(ctx: MutationCtx, meeting: Meeting, actor: UserId | None) -> Meeting:
    """End the reopening period of a meeting; return it. `actor` is None when the period has expired."""
    meeting = _shut_out(ctx, meeting)
    if actor is None:
        return ctx.db.patch(meeting, reopen_until=None)
    audit(ctx, "meeting.end", RESOURCE, meeting.id, actor, reason="ended_by_host")
    return ctx.db.patch(meeting, reopen_until=None, end_reason="ended_by_host", updated_at=ctx.now)


def cancel(ctx: MutationCtx, meeting: Meeting, actor: UserId | None, reason: str) -> Meeting:
    """Cancel a scheduled meeting; return it. `actor` is None when the server cancels it.

    Raises:
        Invalid: The meeting is in any other state.
    """
    meeting = _step(ctx, meeting, "cancel")
    _close(ctx, meeting)
    meeting = _shut_out(ctx, meeting)
    _audit_end(ctx, "meeting.cancel", meeting, actor, reason)
    return meeting


def _audit_end(ctx: MutationCtx, action: str, meeting: Meeting, actor: UserId | None, reason: str) -> None:
    """Record the end of a meeting; that by the server names no call, as members would learn whose deed led to it."""
    audit(ctx, action, RESOURCE, meeting.id, actor, by_server=actor is None, reason=reason)


def _with_host(ctx: MutationCtx, meeting: Meeting, actor: UserId) -> Meeting:
    """Pass a meeting whose organiser has no active account to its first host, or else the actor; return it."""
    hosts = members.hosts(ctx, meeting.id)
    if any(host.user_id == meeting.organizer_id for host in hosts):
        return meeting
    heir = hosts[0] if hosts else members.member_of(ctx, meeting.id, actor)
    if heir is None:
        return meeting
    changes.touch(ctx, members.change_role(ctx, heir, "host"))
    return ctx.db.patch(meeting, organizer_id=heir.user_id)


def _step(ctx: MutationCtx, meeting: Meeting, step: Step) -> Meeting:
    state = next_state(meeting.state, step)
    if state is None:
        raise Invalid(refusal(meeting.state, step), "meetingId", meetingId=meeting.id, state=meeting.state)
    for member in members.members(ctx, meeting.id):
        fresh: dict[str, object] = {"meeting_at": ctx.now} if state == "active" else {}
        if member.presence == "joined" and not is_open(state):
            fresh |= {"presence": "left", "left_at": ctx.now, "failed_at": None, "retry_at": None}
            timeline.note(ctx, meeting, member.user_id, "left", reason=MEETING_OVER)
            attendance.end_stay(ctx, member)
        changes.patch(ctx, member, meeting_state=state, **fresh)
    return ctx.db.patch(meeting, state=state, updated_at=ctx.now)


def _close(ctx: MutationCtx, meeting: Meeting) -> None:
    close_all_sessions(ctx, meeting.id)
    mute_requests.drop_all(ctx, meeting.id)
    records.stop_live(ctx, meeting.id, "meeting_over")
    transcription.finish(ctx, meeting.id)


def _shut_out(ctx: MutationCtx, meeting: Meeting) -> Meeting:
    """Delete links, invitations, requests and unanswered memberships; return the meeting."""
    drop_link(ctx, meeting.id)
    for invitation in ctx.db.scan(Invitation, "by_meeting", meeting.id):
        ctx.db.delete(invitation)
    unwanted = [members.member_of(ctx, meeting.id, one.user_id) for one in consent.pending_in(ctx, meeting)]
    for member in filter(None, unwanted):
        consent.drop(ctx, member)
        changes.remove(ctx, member, member.user_id)
        meeting = ctx.db.patch(meeting, participant_count=meeting.participant_count - 1)
    consent.forget_declines(ctx, meeting)
    lobby.drop_all(ctx, meeting.id)
    return meeting
