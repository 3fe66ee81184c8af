"""Probes of providers: after a failure in one of their rooms, and while their breaker is open."""

from connvo.model import provider_health
from connvo.model.access import require_role
from connvo.model.signalling import sessions
from connvo.providers.rooms.base import PROBE_SECONDS, Reason, RoomError
from connvo.providers.rooms.factory import room_provider
from connvo.rules.providers import MESH, Provider
from connvo.runtime.context import ActionCtx, MutationCtx, QueryCtx
from connvo.runtime.function import every, internal_action, internal_mutation, internal_query
from connvo.runtime.wire import Args
from connvo.schema.history import ConnectionFailure
from connvo.schema.meetings import Meeting, MeetingId

PROBE_INTERVAL_SECONDS = 2.0
# A probe is lost with its node; after this time it is sent again.
RESEND_MS = 10 * PROBE_SECONDS * 1000.0


class Probe(Args, frozen=True, kw_only=True):
    """The result of a probe; `reason` is None when the provider answered."""

    provider: Provider
    reason: Reason | None = None


@internal_query
def provider_to_probe(ctx: QueryCtx, meeting_id: MeetingId, session_id: str) -> Provider | None:
    """Return the provider to probe after a failure of the caller's session; None if a probe can tell nothing new."""
    user, _ = require_role(ctx, meeting_id, "participant")
    session = sessions.own_session(ctx, meeting_id, session_id, user.id)
    meeting = ctx.db.get(Meeting, meeting_id)
    if meeting is None or meeting.state != "active" or meeting.provider == MESH:
        return None
    if session.generation < meeting.generation or provider_health.state_of(ctx, meeting.provider) != "closed":
        return None
    return None if ctx.db.first(ConnectionFailure, "by_session", session.id) is not None else meeting.provider


async def probe(ctx: ActionCtx, provider: Provider) -> Probe:
    """Probe a provider and return the result, within the deadline of a probe."""
    try:
        await room_provider(ctx.settings, provider).probe()
    except RoomError as error:
        return Probe(provider=provider, reason=error.reason)
    return Probe(provider=provider)


@every(seconds=PROBE_INTERVAL_SECONDS)
@internal_mutation
def schedule_probes(ctx: MutationCtx) -> None:
    """Schedule a probe of each provider whose breaker lets one call through."""
    for provider in provider_health.to_probe(ctx, RESEND_MS):
        ctx.scheduler.run_after(0, probe_again, provider=provider)


@internal_action
async def probe_again(ctx: ActionCtx, provider: Provider) -> None:
    """Probe a provider that failed and record the result."""
    found = await probe(ctx, provider)
    await ctx.run_mutation(note_probe, provider=provider, reason=found.reason)


@internal_mutation
def note_probe(ctx: MutationCtx, provider: Provider, reason: Reason | None = None) -> None:
    """Close the breaker of a provider that answered; otherwise open it for longer."""
    if reason is None:
        provider_health.note_success(ctx, provider)
    else:
        provider_health.note_failure(ctx, provider, reason)
