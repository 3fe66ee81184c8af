"""Reads of insights by the person whom they are about, and by admins of the organisation."""

from typing import Annotated

from connvo.model.access import require_member, require_user
from connvo.model.insights.access import require_insight
from connvo.model.insights.views import (
    InsightView,
    LinkView,
    RecommendationView,
    content_of,
    view_of,
)
from connvo.runtime.context import QueryCtx
from connvo.runtime.function import query, rechecked
from connvo.runtime.normalization import Clamped
from connvo.runtime.wire import Result
from connvo.schema.insights import Insight, InsightId, Recommendation
from connvo.schema.meetings import Meeting, MeetingId

LIMIT = Clamped(1, 100, default=20)
OFFSET = Clamped(0, 10_000, default=0)
RECOMMENDATION_LIMIT = Clamped(1, 50, default=10)
# So many recommendations are looked at for each one that is shown: some people may not be named any more.
SPARE = 4


class MeetingInsights(Result, frozen=True, kw_only=True):
    """The caller's insights from one meeting. Times in ms."""

    id: InsightId
    summary: str
    action_items: list[str]
    recommendations: list[RecommendationView]
    links: list[LinkView]
    created_at: float
    meeting_title: str
    meeting_date: float


class UserInsight(Result, frozen=True, kw_only=True):
    """An entry in the list of the caller's insights. Times in ms."""

    id: InsightId
    creation_time: float
    meeting_id: MeetingId
    summary: str
    action_items: list[str]
    recommendations: list[RecommendationView]
    created_at: float
    meeting_title: str
    meeting_date: float


class ConnectionRecommendation(Result, frozen=True, kw_only=True):
    """A person to talk to again, or something to follow up, with its meeting. Time in ms."""

    type: str
    content: str
    confidence: float
    meeting_id: MeetingId
    meeting_title: str
    created_at: float


@query
def get_meeting_insights(ctx: QueryCtx, meeting_id: MeetingId) -> MeetingInsights | None:
    """Return the caller's insights from a meeting, or null if there are none. For members, and those removed since.

    Raises:
        Forbidden: The caller is not a member and has no insights from it, or there is no such meeting.
    """
    caller = require_user(ctx)
    insight = ctx.db.first(Insight, "by_meeting", meeting_id, caller.id)
    if insight is None or insight.deleted:
        if insight is None:
            require_member(ctx, meeting_id)
        return None
    shown = view_of(ctx, insight)
    return MeetingInsights(
        id=shown.id,
        summary=shown.summary,
        action_items=shown.action_items,
        recommendations=shown.recommendations,
        links=shown.links,
        created_at=shown.created_at,
        meeting_title=shown.meeting_title,
        meeting_date=shown.meeting_date,
    )


def _still_kept(ctx: QueryCtx, seen: list[UserInsight], **_arguments: object) -> list[UserInsight]:
    """Return the entries of a past list that have not been deleted since."""
    present = {one.id: ctx.db.get(Insight, one.id) for one in seen}
    return [one for one in seen if (insight := present[one.id]) is not None and not insight.deleted]


def _still_named(
    ctx: QueryCtx, seen: list[ConnectionRecommendation], **_arguments: object
) -> list[ConnectionRecommendation]:
    """Return the entries of a past list that the caller would be shown now."""
    present = {(one.meeting_id, one.content) for one in _recommendations(ctx, RECOMMENDATION_LIMIT.most)}
    return [one for one in seen if (one.meeting_id, one.content) in present]


@rechecked(_still_kept)
@query
def get_user_insights(
    ctx: QueryCtx,
    limit: Annotated[float | None, LIMIT] = None,
    offset: Annotated[float | None, OFFSET] = None,
) -> list[UserInsight]:
    """Return the caller's insights, the newest first: up to 100, by default 20, after `offset` of them.

    Raises:
        Invalid: A number is not finite.
    """
    caller = require_user(ctx)
    size, skipped = LIMIT.whole(limit, "limit"), OFFSET.whole(offset, "offset")
    found = ctx.db.scan(Insight, "by_user", caller.id, False, reverse=True, limit=skipped + size)
    return [_entry(view_of(ctx, insight)) for insight in found[skipped:]]


@query
def get_insight_by_id(ctx: QueryCtx, insight_id: InsightId) -> InsightView | None:
    """Return an insight. For its owner, and for admins of the same organisation, who see no coaching.

    Raises:
        NotFound: The caller may see no such insight.
    """
    insight, owner, caller = require_insight(ctx, insight_id)
    return view_of(ctx, insight, coaching=owner.id == caller.id)


@rechecked(_still_named)
@query
def get_connection_recommendations(
    ctx: QueryCtx, limit: Annotated[float | None, RECOMMENDATION_LIMIT] = None
) -> list[ConnectionRecommendation]:
    """Return people to talk to again and things to follow up from the caller's meetings, the most certain first.

    Up to 50, by default 10. Of equally certain ones, the newest come first.

    Raises:
        Invalid: The limit is not finite.
    """
    return _recommendations(ctx, RECOMMENDATION_LIMIT.whole(limit, "limit"))


def _recommendations(ctx: QueryCtx, size: int) -> list[ConnectionRecommendation]:
    caller = require_user(ctx)
    found = ctx.db.scan(Recommendation, "by_user", caller.id, True, reverse=True, limit=SPARE * size)
    shown = [(one, content) for one in found if (content := content_of(ctx, one)) is not None]
    return [
        ConnectionRecommendation(
            type=one.type,
            content=content,
            confidence=one.confidence,
            meeting_id=one.meeting_id,
            meeting_title=_title(ctx, one),
            created_at=one.created_at,
        )
        for one, content in shown[:size]
    ]


def _title(ctx: QueryCtx, recommendation: Recommendation) -> str:
    meeting = ctx.db.get(Meeting, recommendation.meeting_id)
    if meeting is not None:
        return meeting.title
    insight = ctx.db.get(Insight, recommendation.insight_id)
    return "" if insight is None else insight.meeting_title


def _entry(shown: InsightView) -> UserInsight:
    return UserInsight(
        id=shown.id,
        creation_time=shown.creation_time,
        meeting_id=shown.meeting_id,
        summary=shown.summary,
        action_items=shown.action_items,
        recommendations=shown.recommendations,
        created_at=shown.created_at,
        meeting_title=shown.meeting_title,
        meeting_date=shown.meeting_date,
    )
