"""Generation of insights at the request of a member; the end of a meeting begins it without a request."""

import asyncio

from connvo.model.insights.asking import ask, progress
from connvo.rules.insights.states import is_over
from connvo.runtime.context import ActionCtx
from connvo.runtime.function import action
from connvo.runtime.wire import Result
from connvo.schema.insights import InsightId
from connvo.schema.meetings import MeetingId

POLL_SECONDS = 0.2


class GeneratedInsights(Result, frozen=True, kw_only=True):
    """The insights of a meeting that the caller may know of: their own, for a host those of all people."""

    success: bool
    insights_generated: float
    participant_insights: list[InsightId]


@action
async def generate_insights(
    ctx: ActionCtx, meeting_id: MeetingId, force_regenerate: bool | None = None
) -> GeneratedInsights:
    """Return the insights of a meeting that is over, and wait for them up to 20 seconds. For members.

    `forceRegenerate` has them made again, for hosts, three times an hour: what people edited or deleted stays. Only
    people who were in the call have insights. `success` is false if the last attempt failed.

    Raises:
        Forbidden: The caller is not a member, or there is no such meeting.
        InsufficientRole: Another member than a host asks for them again.
        Invalid: The meeting is not over, or a host has switched its report off.
        RateLimited: The host has asked too often.
    """
    await ctx.run_mutation(ask, meeting_id=meeting_id, again=bool(force_regenerate))
    until = asyncio.get_running_loop().time() + ctx.settings.insights.wait_seconds
    found = await ctx.run_query(progress, meeting_id=meeting_id)
    while not is_over(found.state) and asyncio.get_running_loop().time() < until:
        await asyncio.sleep(POLL_SECONDS)
        found = await ctx.run_query(progress, meeting_id=meeting_id)
    return GeneratedInsights(
        success=found.state not in ("failed", "off"),
        insights_generated=len(found.insights),
        participant_insights=found.insights,
    )
