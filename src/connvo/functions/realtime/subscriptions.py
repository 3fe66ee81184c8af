"""Live data of a meeting, as the documented API describes it: run these queries over the sync protocol."""

import math
from typing import Annotated, NamedTuple

from connvo.kernel.errors import Invalid, MeetingNotActive
from connvo.model.access import require_meeting, require_member, require_user
from connvo.model.meetings.length import ends_at
from connvo.model.notes import heads, locks, revisions
from connvo.model.past_answers import shown_subscribers
from connvo.model.realtime import members, registrations
from connvo.model.realtime.members import SubscribedMember
from connvo.model.transcripts import captions, records
from connvo.model.transcripts.rights import rights_of
from connvo.rules.monitoring.shedding import Priority
from connvo.rules.permissions import granted
from connvo.runtime.context import QueryCtx, SharedCtx
from connvo.runtime.function import query, rechecked, shared_query
from connvo.runtime.normalization import Clamped
from connvo.runtime.wire import Result
from connvo.schema.meetings import MeetingId, Role
from connvo.schema.transcripts import Caption, Chunk, ChunkId

PRIORITY: Priority = "high"
STREAM_LIMIT = Clamped(1, 200, default=50)


class Subscriber(NamedTuple):
    """The role of a member, and whether the registration that they name holds."""

    role: Role
    holds: bool


def _subscriber(ctx: QueryCtx, meeting_id: MeetingId, subscription_id: str | None = None) -> Subscriber:
    user, member = require_member(ctx, meeting_id)
    return Subscriber(member.role, registrations.holds(ctx, user.id, meeting_id, subscription_id))


class StreamedChunk(Result, frozen=True, kw_only=True):
    """A final chunk, or with `is_interim` the words that a member is speaking. Times in milliseconds."""

    id: ChunkId
    sequence: float
    speaker_id: str | None = None
    text: str
    confidence: float
    start_ms: float
    end_ms: float
    is_interim: bool | None = None
    created_at: float


class TranscriptStream(Result, frozen=True, kw_only=True):
    """The part of a transcript after a sequence; `next_sequence` continues it.

    `subscription_valid`: more may come. `valid_until` is when the longest duration of the meeting ends.
    """

    transcripts: list[StreamedChunk]
    next_sequence: float
    subscription_valid: bool
    permissions: list[str]
    valid_until: float | None = None


@shared_query(_subscriber)
def subscribe_transcript_stream(
    ctx: SharedCtx[Subscriber],
    meeting_id: MeetingId,
    from_sequence: float | None = None,
    limit: Annotated[float | None, STREAM_LIMIT] = None,
    subscription_id: str | None = None,
) -> TranscriptStream:
    """Return up to 200 final chunks after `fromSequence`, by default 50, then the words being spoken. For members.

    A meeting that is over can be read. `subscriptionValid` is false then, and if the registration that `subscriptionId`
    names is not the caller's or does not hold.

    Raises:
        Invalid: A number is not finite.
        MeetingNotActive: The meeting has not started, or was cancelled.
    """
    if from_sequence is not None and not math.isfinite(from_sequence):
        raise Invalid("The sequence needs to be a number", "fromSequence")
    meeting = require_meeting(ctx, meeting_id)
    if meeting.state not in ("active", "concluded"):
        raise MeetingNotActive(meeting_id, meeting.state)
    is_active = meeting.state == "active"
    after = from_sequence or 0.0
    finals = records.after(ctx, meeting_id, after, STREAM_LIMIT.whole(limit, "limit"))
    interims = captions.open_captions(ctx, meeting_id) if is_active else []
    return TranscriptStream(
        transcripts=[*map(_final, finals), *map(_interim, interims)],
        next_sequence=finals[-1].sequence if finals else after,
        subscription_valid=is_active and ctx.audience.holds,
        permissions=rights_of(is_host=ctx.audience.role == "host"),
        valid_until=ends_at(ctx, meeting) if is_active else None,
    )


def _final(chunk: Chunk) -> StreamedChunk:
    return StreamedChunk(
        id=chunk.id,
        sequence=chunk.sequence,
        speaker_id=chunk.speaker_id,
        text=chunk.text,
        confidence=chunk.confidence,
        start_ms=chunk.start_ms,
        end_ms=chunk.end_ms,
        created_at=chunk.created_at,
    )


def _interim(caption: Caption) -> StreamedChunk:
    return StreamedChunk(
        id=captions.wire_id(caption),
        sequence=0,
        speaker_id=caption.speaker_id,
        text=caption.text,
        confidence=caption.confidence,
        start_ms=caption.start_ms,
        end_ms=caption.end_ms,
        is_interim=True,
        created_at=caption.created_at,
    )


class SubscribedNotes(Result, frozen=True, kw_only=True):
    """The notes of a meeting and what the caller may do. `last_updated` in milliseconds; `rate_limited` is false."""

    content: str
    version: float
    last_updated: float
    subscription_valid: bool
    permissions: list[str]
    cursor: str
    rate_limited: bool


@shared_query(_subscriber)
def subscribe_meeting_notes(
    ctx: SharedCtx[Subscriber], meeting_id: MeetingId, subscription_id: str | None = None, cursor: str | None = None
) -> SubscribedNotes | None:
    """Return the whole text of the notes, or null if there are none. For members.

    Clients that follow a long text use `notes/sync:operationsSince`, which sends only what changed.
    `subscriptionValid` is false if the registration that `subscriptionId` names is not the caller's or does not hold.
    `cursor` changes nothing.
    """
    head = heads.find(ctx, meeting_id)
    if head is None:
        return None
    return SubscribedNotes(
        content=revisions.text_now(ctx, head),
        version=head.version,
        last_updated=head.updated_at,
        subscription_valid=ctx.audience.holds,
        permissions=list(locks.permissions(ctx, meeting_id, ctx.audience.role)),
        cursor=f"{head.version}_{int(head.updated_at)}",
        rate_limited=False,
    )


class SubscribedMembers(Result, frozen=True, kw_only=True):
    """The members of a meeting, and what the caller may do with them."""

    participants: list[SubscribedMember]
    subscription_valid: bool
    permissions: list[str]


@rechecked(shown_subscribers)
@query
def subscribe_meeting_participants(
    ctx: QueryCtx, meeting_id: MeetingId, subscription_id: str | None = None
) -> SubscribedMembers:
    """Return the members of a meeting with name and picture, the longest-standing first. For members.

    Hosts see the addresses of users of their own organisation; every other `email` is empty. A member who has neither
    joined nor accepted shows no more than their public profile. `subscriptionValid` is false if the registration that
    `subscriptionId` names is not the caller's or does not hold.
    """
    caller, own = require_member(ctx, meeting_id)
    return SubscribedMembers(
        participants=members.shown_to(ctx, require_meeting(ctx, meeting_id), caller, own),
        subscription_valid=registrations.holds(ctx, caller.id, meeting_id, subscription_id),
        permissions=list(granted("participants", own.role)),
    )


class SubscriptionState(Result, frozen=True, kw_only=True):
    """Whether a registration holds. `reason`: NOT_FOUND, EXPIRED or FORBIDDEN. Times in milliseconds."""

    valid: bool
    permissions: list[str]
    reason: str | None = None
    should_reconnect: bool
    valid_until: float | None = None


@query
def validate_subscription(
    ctx: QueryCtx, subscription_id: str, resource_type: str, resource_id: MeetingId, last_validated: float
) -> SubscriptionState:
    """Return whether the caller's registration for a resource holds, and their permissions on it.

    A registration for another resource counts as none. `lastValidated` has no effect.

    Raises:
        Invalid: `lastValidated` is not a number.
    """
    user = require_user(ctx)
    if not math.isfinite(last_validated):
        raise Invalid("A time needs to be a number", "lastValidated")
    row = registrations.find(ctx, user.id, subscription_id)
    if row is not None and (row.resource_type, row.resource_id) != (resource_type, resource_id):
        row = None
    permissions, reason = registrations.check(ctx, row)
    return SubscriptionState(
        valid=reason is None,
        permissions=permissions,
        reason=reason,
        should_reconnect=registrations.may_reconnect(reason),
        valid_until=row.valid_until if row is not None and reason is None else None,
    )
