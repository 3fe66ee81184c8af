"""Result structs about reports and insights that several functions return."""

from connvo.runtime.context import QueryCtx
from connvo.runtime.wire import Result
from connvo.schema.insights import NAME, Insight, InsightId, Recommendation
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.users import User

from . import people

UNNAMED = "this member"
COACHING = "coaching"


class RecommendationView(Result, frozen=True, kw_only=True):
    """A recommendation: `connection`, `follow-up`, `learning` or `coaching`; `confidence` from 0 to 1."""

    type: str
    content: str
    confidence: float


class LinkView(Result, frozen=True, kw_only=True):
    """An address from the `chat` or the `notes` of the meeting."""

    type: str
    url: str
    title: str


class InsightView(Result, frozen=True, kw_only=True):
    """The insights of a person from one meeting. Times in ms."""

    id: InsightId
    creation_time: float
    meeting_id: MeetingId
    summary: str
    action_items: list[str]
    recommendations: list[RecommendationView]
    links: list[LinkView]
    created_at: float
    meeting_title: str
    meeting_date: float


def view_of(ctx: QueryCtx, insight: Insight, coaching: bool = True) -> InsightView:
    """Return an insight as its owner sees it, or without `coaching` as an admin does."""
    found = people.recommendations(ctx, insight)
    return InsightView(
        id=insight.id,
        creation_time=insight.creation_time,
        meeting_id=insight.meeting_id,
        summary=insight.summary,
        action_items=list(insight.action_items),
        recommendations=[
            RecommendationView(type=one.type, content=content, confidence=one.confidence)
            for one in found
            if (coaching or one.type != COACHING) and (content := content_of(ctx, one)) is not None
        ],
        links=[LinkView(type=link.type, url=link.url, title=link.title) for link in insight.links],
        created_at=insight.created_at,
        meeting_title=title_of(ctx, insight),
        meeting_date=insight.meeting_at,
    )


def title_of(ctx: QueryCtx, insight: Insight) -> str:
    """Return the present title of a meeting, or the last one if the meeting is deleted."""
    meeting = ctx.db.get(Meeting, insight.meeting_id)
    return insight.meeting_title if meeting is None else meeting.title


def content_of(ctx: QueryCtx, recommendation: Recommendation) -> str | None:
    """Return the text of a recommendation with the present name; None if the person may not be named any more."""
    other = recommendation.other_id
    if other is None:
        return recommendation.content
    if not people.may_name(ctx, recommendation.user_id, other):
        return None
    user = ctx.db.get(User, other)
    return recommendation.content.replace(NAME, (user and user.display_name) or UNNAMED)
