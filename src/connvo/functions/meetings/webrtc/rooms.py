"""Rooms: set up once, entered with a signed token, left for a better way when a connection fails.

The actions here decide nothing themselves: each runs one transaction and, for tokens, signs what it granted. Before
a failure is judged, the provider of the room is asked whether it is there.
"""

from connvo.model.failover.probes import probe, provider_to_probe
from connvo.model.failover.report import report_failure
from connvo.model.failover.views import FailureAdvice
from connvo.model.rooms.setup import grant_access, open_room
from connvo.model.rooms.views import RoomAccess, RoomConfig
from connvo.model.signalling.quality import grade_connection
from connvo.model.signalling.views import QualityReport
from connvo.providers import room_token
from connvo.rules.quality import Sample
from connvo.rules.recovery_ladder import ErrorType
from connvo.runtime.context import ActionCtx
from connvo.runtime.function import action
from connvo.schema.meetings import MeetingId


@action
async def initialize_webrtc_room(
    ctx: ActionCtx, meeting_id: MeetingId, max_participants: float | None = None
) -> RoomConfig:
    """Set up the room of a meeting, once. For hosts; to anybody else, and again, it returns the room that is there.

    `max_participants` can lower the meeting's cap, never raise it.
    """
    return await ctx.run_mutation(open_room, meeting_id=meeting_id, max_participants=max_participants)


@action
async def generate_participant_access_token(
    ctx: ActionCtx, meeting_id: MeetingId, session_id: str | None = None
) -> RoomAccess:
    """Return a signed token for the room of an active meeting the caller has joined. Observers get none.

    It names meeting, room, member, role and, if given, an open session of the caller; it lives for minutes.
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
    """Report that a session of the caller failed and return what to do: create a new one, or give up.

    The session becomes failed and what it sent is dropped. The same failure reported again counts once and gets the
    same answer. Why, and how long to wait, stands in the session's metadata.
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
    """Grade a sample of one of the caller's open sessions, and keep it until the next one.

    Every figure is 0 or more: `bitrate` in bits per second, `packetLoss` in percent, `latency` and `jitter` in ms.
    """
    return await ctx.run_mutation(grade_connection, meeting_id=meeting_id, session_id=session_id, stats=stats)
