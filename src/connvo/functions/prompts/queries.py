"""Reading prompts: ideas before a call, nudges during it."""

from typing import Annotated

from connvo.model.access import require_member
from connvo.model.past_answers import shown_prompts, shown_prompts_of_page
from connvo.model.prompts.views import PromptView, Seen, seen_by
from connvo.runtime.context import QueryCtx
from connvo.runtime.function import query, rechecked
from connvo.runtime.normalization import Clamped
from connvo.runtime.wire import Result
from connvo.schema.meetings import MeetingId

IDEA_LIMIT = Clamped(1, 50, default=10)
NUDGE_LIMIT = Clamped(1, 20, default=5)
NEWEST = 10


class LivePrompts(Result, frozen=True, kw_only=True):
    """The newest nudges. `last_updated` is the time of their newest change in milliseconds, 0 without any."""

    prompts: list[PromptView]
    last_updated: float


@rechecked(shown_prompts)
@query
def get_pre_call_prompts(
    ctx: QueryCtx, meeting_id: MeetingId, limit: Annotated[float | None, IDEA_LIMIT] = None
) -> list[PromptView]:
    """Return up to 50 ideas for a meeting, by default 10: the most relevant first, then the newest. For members.

    Without those that the caller has dismissed, and those that rest on a profile which is no longer public.

    Raises:
        Invalid: The limit is not finite.
    """
    _, member = require_member(ctx, meeting_id)
    return _views(seen_by(ctx, member, "precall")[: IDEA_LIMIT.whole(limit, "limit")])


@rechecked(shown_prompts)
@query
def get_in_call_prompts(
    ctx: QueryCtx, meeting_id: MeetingId, limit: Annotated[float | None, NUDGE_LIMIT] = None
) -> list[PromptView]:
    """Return up to 20 nudges for the caller that are not over, by default 5: the most relevant first. For members.

    Some are for everyone, some for hosts, some for one person. Without those that the caller has dismissed.

    Raises:
        Invalid: The limit is not finite.
    """
    _, member = require_member(ctx, meeting_id)
    return _views(seen_by(ctx, member, "incall")[: NUDGE_LIMIT.whole(limit, "limit")])


@rechecked(shown_prompts_of_page)
@query
def subscribe_to_in_call_prompts(ctx: QueryCtx, meeting_id: MeetingId) -> LivePrompts:
    """Return the ten newest of the nudges that `getInCallPrompts` returns, the newest first. For members."""
    _, member = require_member(ctx, meeting_id)
    found = sorted(seen_by(ctx, member, "incall"), key=lambda one: -one.prompt.created_at)[:NEWEST]
    return LivePrompts(prompts=_views(found), last_updated=max((one.changed_at for one in found), default=0.0))


def _views(found: list[Seen]) -> list[PromptView]:
    return [one.view() for one in found]
