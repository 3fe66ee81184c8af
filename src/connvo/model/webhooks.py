"""Effects of GetStream's webhook events, which may arrive late, twice and in any order.

Guarantees:
    Each event is one transaction and takes effect once, however often it is sent.
    Events affect only calls and recordings: a meeting that is over stays over, and being in a call makes no members.
"""

from collections.abc import Callable
from typing import Literal, TypeAlias

from connvo.providers.rooms import getstream_events
from connvo.providers.rooms.getstream_events import StreamEvent
from connvo.runtime.context import MutationCtx
from connvo.runtime.function import every, internal_mutation
from connvo.schema.meetings import EndReason, Meeting, Participant
from connvo.schema.recordings import MeetingRecording, RecordingFile
from connvo.schema.users import UserId
from connvo.schema.webhooks import WebhookReceipt
from connvo.store.purging import purge

from . import heartbeats
from .meetings import members, room_ids
from .membership import joining, transitions
from .recordings import records
from .rooms import eviction

PURGE_SECONDS = 60.0
ENDED_THERE: EndReason = "ended_at_provider"
FAILED_THERE = "provider_failed"

Outcome: TypeAlias = Literal["applied", "ignored", "repeated"]


@internal_mutation
def receive_event(ctx: MutationCtx, event: StreamEvent, digest: str, expires_at: float) -> Outcome:
    """Apply an event unless it is a repetition; return the outcome. `digest` identifies the event."""
    if ctx.db.first(WebhookReceipt, "by_digest", digest) is not None:
        return "repeated"
    ctx.db.insert(WebhookReceipt(digest=digest, type=event.type, expires_at=expires_at))
    apply = _EFFECTS.get(event.type)
    meeting = None if event.room_id is None else room_ids.meeting_of(ctx, event.room_id)
    if apply is None or meeting is None:
        return "ignored"
    return "applied" if apply(ctx, meeting, event) else "ignored"


@every(seconds=PURGE_SECONDS)
@internal_mutation
def drop_old_receipts(ctx: MutationCtx) -> None:
    """Delete a batch of receipts of webhooks that are now too old to be accepted; run again while there are more."""
    if purge(ctx.db, WebhookReceipt, "by_expiry", until=ctx.now):
        ctx.scheduler.run_after(0, drop_old_receipts)


def _joined(ctx: MutationCtx, meeting: Meeting, event: StreamEvent) -> bool:
    """Admit a member who entered the call and record a heartbeat; evict any other user."""
    if not _is_present(meeting, event) or event.user_id is None:
        return False
    found = members.find_person(ctx, UserId(event.user_id))
    member = None if found is None else members.member_of(ctx, meeting.id, found.id)
    if member is not None and member.presence == "joined":
        heartbeats.record(ctx, meeting.id, member.user_id)
    elif member is not None and _may_join(ctx, meeting, member, event):
        joining.admit(ctx, meeting, member)
    else:
        eviction.evict(ctx, meeting, UserId(event.user_id))
    return True


def _may_join(ctx: MutationCtx, meeting: Meeting, member: Participant, event: StreamEvent) -> bool:
    """Return whether a member in the call may join the meeting: not if they left after the event."""
    left_since = member.left_at is not None and member.left_at >= event.at
    return member.role != "observer" and not left_since and members.joined_count(ctx, meeting) < meeting.cap


def _call_ended(ctx: MutationCtx, meeting: Meeting, event: StreamEvent) -> bool:
    """End the meeting whose call has ended, and its recording, unless the room has moved."""
    ended = _session_ended(ctx, meeting, event)
    if not _is_present(meeting, event):
        return ended
    transitions.end(ctx, meeting, None, ENDED_THERE)
    return True


def _session_ended(ctx: MutationCtx, meeting: Meeting, event: StreamEvent) -> bool:
    """End the recordings of an empty call; the meeting ends by its own rules."""
    live = [one for one in _of(ctx, event) if one.live and one.requested_at <= event.at]
    for recording in live:
        records.apply_event(ctx, recording, "ended")
    return bool(live)


def _recording_started(ctx: MutationCtx, meeting: Meeting, event: StreamEvent) -> bool:
    """Record that a recording runs; one started at the provider is shown like any other."""
    known = _matching(ctx, event)
    if known is not None and known.state != "failed":
        _set_egress_id(ctx, known, event)
        return records.apply_event(ctx, known, "began").state != known.state
    if not _is_present(meeting, event) or records.live_of(ctx, meeting.id) is not None:
        return False
    _set_egress_id(ctx, records.begin(ctx, meeting, room_ids.room_id(meeting), None, "recording"), event)
    return True


def _recording_stopped(ctx: MutationCtx, meeting: Meeting, event: StreamEvent) -> bool:
    known = _matching(ctx, event)
    if known is None:
        return False
    _set_egress_id(ctx, known, event)
    return records.apply_event(ctx, known, "ended").state != known.state


def _recording_failed(ctx: MutationCtx, meeting: Meeting, event: StreamEvent) -> bool:
    known = _matching(ctx, event)
    return known is not None and (records.apply_event(ctx, known, "given_up", reason=FAILED_THERE).state != known.state)


def _recording_ready(ctx: MutationCtx, meeting: Meeting, event: StreamEvent) -> bool:
    """Add a file to its recording, found by the provider's egress id or else by time."""
    made = event.recording
    if made is None:
        return False
    known = _by_egress(ctx, event) or _by_time(ctx, event, made.started_at)
    if known is None:
        return False
    file = RecordingFile(
        name=made.id, started_at=made.started_at, ended_at=made.ended_at, url=made.url, bytes=made.bytes
    )
    records.file(ctx, known, [file])
    return True


def _is_present(meeting: Meeting, event: StreamEvent) -> bool:
    """Return whether an event is about the present room of an active meeting."""
    return meeting.state == "active" and room_ids.room_id(meeting) == event.room_id


def _of(ctx: MutationCtx, event: StreamEvent) -> list[MeetingRecording]:
    return [] if event.room_id is None else records.of_room(ctx, event.room_id)


def _matching(ctx: MutationCtx, event: StreamEvent) -> MeetingRecording | None:
    return _by_egress(ctx, event) or _by_time(ctx, event, event.at)


def _by_egress(ctx: MutationCtx, event: StreamEvent) -> MeetingRecording | None:
    if event.egress_id is None:
        return None
    return next((one for one in _of(ctx, event) if one.egress_id == event.egress_id), None)


def _by_time(ctx: MutationCtx, event: StreamEvent, at: float) -> MeetingRecording | None:
    """Return the newest recording that may have run at a time and has no other egress id."""
    found = [
        one
        for one in _of(ctx, event)
        if records.covers(one, at, ctx.now) and (one.egress_id is None or event.egress_id is None)
    ]
    return found[-1] if found else None


def _set_egress_id(ctx: MutationCtx, recording: MeetingRecording, event: StreamEvent) -> None:
    if event.egress_id is not None and recording.egress_id is None:
        ctx.db.patch(recording, egress_id=event.egress_id)


_EFFECTS: dict[str, Callable[[MutationCtx, Meeting, StreamEvent], bool]] = {
    getstream_events.JOINED: _joined,
    getstream_events.SESSION_ENDED: _session_ended,
    getstream_events.CALL_ENDED: _call_ended,
    getstream_events.RECORDING_STARTED: _recording_started,
    getstream_events.RECORDING_STOPPED: _recording_stopped,
    getstream_events.RECORDING_FAILED: _recording_failed,
    getstream_events.RECORDING_READY: _recording_ready,
}
