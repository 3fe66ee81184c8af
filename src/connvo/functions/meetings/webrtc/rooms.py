"""Rooms: set up once, entered with a signed token, moved when connections fail.

Each action runs one transaction; for tokens it signs the granted access. Before a reported failure is handled, the
room's provider is probed.
"""

from connvo.model.failover.probes import probe, provider_to_probe
from connvo.model.failover.report import report_failure
from connvo.model.failover.views import FailureAdvice
from connvo.model.rooms.setup import grant_access, open_room
from connvo.model.rooms.views import RoomAccess, RoomConfig
from connvo.model.signalling.quality import grade_connection
from connvo.model.signalling.views import QualityReport
from connvo.providers import room_token
from connvo.rules.monitoring.shedding import Priority
from connvo.rules.quality import Sample
from connvo.rules.recovery_ladder import ErrorType
from connvo.runtime.context import ActionCtx
from connvo.runtime.function import action
from connvo.schema.meetings import MeetingId

PRIORITY: Priority = "critical"


@action
async def initialize_webrtc_room(
    ctx: ActionCtx, meeting_id: MeetingId, max_participants: float | None = None
) -> RoomConfig:
    """Set up the room of a meeting. For hosts. Other members, and later calls, get the existing room.

    `maxParticipants` can lower the meeting's participant limit but never raise it.
    """
    return await ctx.run_mutation(open_room, meeting_id=meeting_id, max_participants=max_participants)


@action
async def generate_participant_access_token(
    ctx: ActionCtx, meeting_id: MeetingId, session_id: str | None = None
) -> RoomAccess:
    """Return a signed token for the room of an active meeting that the caller has joined. Observers get none.

    The token names the meeting, room, member, role and, if given, an open session of the caller. It is valid for some
    minutes.
    """
    access = await ctx.run_query(grant_access, meeting_id=meeting_id, session_id=session_id)
    token = room_token.sign(
        ctx.settings.secrets.room_token, access.grant, ctx.now(), ctx.settings.rooms.token_ttl_seconds
    )
    return RoomAccess(
        token=token,
        provider=access.provider,
        room_id=access.room_id,
        participant_id=access.participant_id,
        permissions=access.permissions,
        success=True,
    )


@action
async def handle_connection_failure(
    ctx: ActionCtx, meeting_id: MeetingId, session_id: str, error_type: ErrorType, error_details: str | None = None
) -> FailureAdvice:
    """Report that a session of the caller failed, and return what to do: create a new session, or give up.

    The session becomes `failed`, and its undelivered signals are dropped. The same failure reported again counts once
    and gets the same answer. The reason, and how long to wait, are in the session's metadata.
    """
    provider = await ctx.run_query(provider_to_probe, meeting_id=meeting_id, session_id=session_id)
    return await ctx.run_mutation(
        report_failure,
        meeting_id=meeting_id,
        session_id=session_id,
        error_type=error_type,
        error_details=error_details,
        probe=None if provider is None else await probe(ctx, provider),
    )


@action
async def monitor_connection_quality(
    ctx: ActionCtx, meeting_id: MeetingId, session_id: str, stats: Sample
) -> QualityReport:
    """Grade a quality sample of one of the caller's open sessions. The sample is kept until the next one.

    Every value is 0 or more: `bitrate` in bits per second, `packetLoss` in percent, `latency` and `jitter` in
    milliseconds.
    """
    return await ctx.run_mutation(grade_connection, meeting_id=meeting_id, session_id=session_id, stats=stats)
