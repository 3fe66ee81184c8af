"""Making ideas before a call."""

from connvo.model.prompts.ideas import Ideas, make_ideas
from connvo.runtime.context import ActionCtx
from connvo.runtime.function import action
from connvo.schema.meetings import MeetingId


@action
async def generate_pre_call_ideas(ctx: ActionCtx, meeting_id: MeetingId, force_regenerate: bool | None = None) -> Ideas:
    """Make up to six ideas for a meeting that is not over, or return those that it has. For members.

    They are made from the title, and from profiles and interests that members show to everyone; when these change, the
    next call makes them again. Ideas with feedback stay. `forceRegenerate`, for hosts, makes them again in any case.
    The limit is ten calls in five minutes.

    Raises:
        InsufficientRole: The caller forces a new set, and is not a host.
        Invalid: The meeting is over.
        RateLimited: The caller has asked too often.
    """
    return await ctx.run_mutation(make_ideas, meeting_id=meeting_id, force=bool(force_regenerate))
