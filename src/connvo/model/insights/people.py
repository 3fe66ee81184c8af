"""The insights of each person who was in a meeting, made from its report by rules.

Guarantees: a person has at most one row per meeting; their feedback stays, and what they deleted is not made again.
"""

from connvo.model.blocks import is_blocked
from connvo.model.meetings.members import time_of
from connvo.rules.insights import affinity, personal
from connvo.rules.insights.affinity import Pair
from connvo.rules.insights.personal import Advice
from connvo.rules.insights.report import Report
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.insights import NAME, Insight, MeetingReport, Recommendation
from connvo.schema.interests import Interest, UserInterest
from connvo.schema.meetings import Meeting, Participant
from connvo.schema.preferences import UserSettings
from connvo.schema.users import User, UserId

CONNECTING = frozenset({"connection", "follow-up"})
# Whether two people are new to each other is looked up for so many pairs, in so many meetings of each.
MAX_CANDIDATES = 6
MEETINGS_LOOKED_AT = 200
MAX_RECOMMENDATIONS = 20


def find(ctx: QueryCtx, meeting: Meeting, user_id: UserId) -> Insight | None:
    """Return a person's row for a meeting, deleted or not, or None."""
    return ctx.db.first(Insight, "by_meeting", meeting.id, user_id)


def write(ctx: MutationCtx, meeting: Meeting, row: MeetingReport, user: User, everyone: list[UserId]) -> None:
    """Make a person's insights from a report, or make them again."""
    held = find(ctx, meeting, user.id)
    if held is not None and held.deleted:
        return
    fields = {
        "revision": row.revision,
        "summary": personal.summary_of(row.report),
        "action_items": personal.actions_of(row.report, user.id),
        "links": row.links,
        "meeting_title": meeting.title,
        "meeting_at": time_of(meeting),
    }
    if held is None:
        held = ctx.db.insert(Insight(meeting_id=meeting.id, user_id=user.id, created_at=ctx.now, revision=row.revision))
    insight = ctx.db.patch(held, **fields)
    pairs = pairs_of(ctx, meeting, row.report, user, everyone)
    _replace_advice(ctx, insight, personal.advice_for(row.report, user.id, pairs, NAME))


def recommendations(ctx: QueryCtx, insight: Insight) -> list[Recommendation]:
    """Return the recommendations of an insight, the most certain first."""
    found = ctx.db.scan(Recommendation, "by_insight", insight.id, limit=MAX_RECOMMENDATIONS)
    return sorted(found, key=lambda one: -one.confidence)


def delete(ctx: MutationCtx, insight: Insight) -> None:
    """Empty a person's row, which stays so that later runs leave it, and delete its recommendations."""
    for recommendation in recommendations(ctx, insight):
        ctx.db.delete(recommendation)
    ctx.db.patch(
        insight,
        deleted=True,
        summary="",
        action_items=(),
        links=(),
        meeting_title="",
        read=None,
        useful=None,
        rating=None,
        notes=None,
    )


def pairs_of(ctx: QueryCtx, meeting: Meeting, report: Report, user: User, everyone: list[UserId]) -> list[Pair]:
    """Return the pairs of a person with others that may be recommended."""
    spoken = {one.user_id: one.ms for one in report.speaking}
    if spoken.get(user.id, 0.0) < affinity.MIN_SPEECH_MS or not _is_visible(ctx, user.id):
        return []
    own = _interests(ctx, user.id)
    pairs = [
        _pair(ctx, report, user.id, other, spoken, own)
        for other in everyone
        if other != user.id and spoken.get(other, 0.0) >= affinity.MIN_SPEECH_MS
    ]
    hopeful = sorted(pairs, key=lambda pair: (-affinity.confidence(pair), pair.other_id))[:MAX_CANDIDATES]
    met = _meetings_before(ctx, meeting, user.id)
    return [
        Pair(
            other_id=pair.other_id,
            least_ms=pair.least_ms,
            replies=pair.replies,
            interests=pair.interests,
            topics=pair.topics,
            new=met.isdisjoint(_meetings_before(ctx, meeting, UserId(pair.other_id))),
            visible=pair.visible,
        )
        for pair in hopeful
    ]


def may_name(ctx: QueryCtx, user_id: UserId, other_id: UserId) -> bool:
    """Return whether a person may still be recommended to another one."""
    blocked = is_blocked(ctx, user_id, other_id) or is_blocked(ctx, other_id, user_id)
    return not blocked and _is_visible(ctx, other_id)


def _replace_advice(ctx: MutationCtx, insight: Insight, advice: list[Advice]) -> None:
    for old in recommendations(ctx, insight):
        ctx.db.delete(old)
    for one in advice[:MAX_RECOMMENDATIONS]:
        ctx.db.insert(
            Recommendation(
                insight_id=insight.id,
                meeting_id=insight.meeting_id,
                user_id=insight.user_id,
                other_id=None if one.other_id is None else UserId(one.other_id),
                type=one.type,
                connects=one.type in CONNECTING,
                content=one.content,
                confidence=one.confidence,
                created_at=ctx.now,
            )
        )


def _pair(
    ctx: QueryCtx, report: Report, user_id: UserId, other: UserId, spoken: dict[str, float], own: dict[str, str]
) -> Pair:
    first, second = sorted((user_id, other))
    replies = next((one.count for one in report.replies if (one.first, one.second) == (first, second)), 0)
    theirs = _interests(ctx, other)
    return Pair(
        other_id=other,
        least_ms=min(spoken[user_id], spoken[other]),
        replies=replies,
        interests=tuple(sorted(own[key] for key in own.keys() & theirs.keys())),
        topics=personal.shared_topics(report, user_id, other),
        visible=may_name(ctx, user_id, other),
    )


def _is_visible(ctx: QueryCtx, user_id: UserId) -> bool:
    user = ctx.db.get(User, user_id)
    chosen = ctx.db.first(UserSettings, "by_user", user_id)
    return user is not None and user.is_active and (chosen is None or chosen.profile_visibility)


def _interests(ctx: QueryCtx, user_id: UserId) -> dict[str, str]:
    """Return the labels of a user's interests, by their keys."""
    found: dict[str, str] = {}
    for choice in ctx.db.scan(UserInterest, "by_user", user_id):
        entry = ctx.db.first(Interest, "by_key", choice.interest_key) if choice.label is None else None
        found[choice.interest_key] = choice.label or (choice.interest_key if entry is None else entry.label)
    return found


def _meetings_before(ctx: QueryCtx, meeting: Meeting, user_id: UserId) -> set[str]:
    """Return the earlier meetings in which a user was."""
    began = time_of(meeting)
    found = ctx.db.scan(Participant, "by_user", user_id, reverse=True, limit=MEETINGS_LOOKED_AT)
    return {
        one.meeting_id
        for one in found
        if one.meeting_id != meeting.id and one.first_joined_at is not None and one.first_joined_at < began
    }
