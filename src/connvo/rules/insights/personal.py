"""Insights of one person, from the report of their meeting."""

from typing import Literal, TypeAlias

import msgspec

from . import affinity, coaching
from .affinity import Pair
from .report import RULES, Item, Report, Speaking

RecommendationType: TypeAlias = Literal["connection", "follow-up", "learning", "coaching"]

HEADING = "Sentences from the transcript: "
MAX_SUMMARY = 1_500
MAX_ACTIONS = 20
MAX_FOLLOW_UPS = 3
DATED, UNDATED, OPEN = 0.9, 0.7, 0.6


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """A recommendation about the person `other_id`; the content has `NAME` in place of their name."""

    type: RecommendationType
    content: str
    confidence: float
    other_id: str | None = None


def summary_of(report: Report) -> str:
    """Return the overview as one text, which says where it comes from; empty without one."""
    text = " ".join(item.text for item in report.overview)[:MAX_SUMMARY]
    if not text:
        return ""
    return HEADING + text if report.source == RULES else text


def actions_of(report: Report, user_id: str) -> tuple[str, ...]:
    """Return the texts of a person's own actions that are not done."""
    own = [item.text for item in report.actions if item.owner_id == user_id and not item.done]
    return tuple(own[:MAX_ACTIONS])


def advice_for(report: Report, user_id: str, pairs: list[Pair], name: str) -> list[Advice]:
    """Return the recommendations for a person, the most certain first; `name` stands for names."""
    own = next((one for one in report.speaking if one.user_id == user_id), None)
    found = [
        *_connections(pairs, name),
        *_follow_ups(report, user_id),
        *_learning(report, user_id),
        *_coaching(own, len(report.speaking)),
    ]
    return sorted(found, key=lambda one: -one.confidence)


def shared_topics(report: Report, first: str, second: str) -> float:
    """Return the share of a meeting's topics on which both of two people spoke."""
    if not report.topics:
        return 0.0
    both = sum({first, second} <= {cite.speaker_id for cite in topic.cites} for topic in report.topics)
    return both / len(report.topics)


def _connections(pairs: list[Pair], name: str) -> list[Advice]:
    found = []
    for pair, value in affinity.best(pairs):
        reasons = [f"you answered each other {_times(pair.replies)}"] if pair.replies else []
        if pair.interests:
            reasons.append(f"you share an interest in {' and '.join(pair.interests[: affinity.MOST_INTERESTS])}")
        if pair.new:
            reasons.append("you had not met before")
        because = f": {', and '.join(reasons)}" if reasons else ""
        content = f"Stay in touch with {name}{because}."
        found.append(Advice(type="connection", content=content, confidence=value, other_id=pair.other_id))
    return found


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _follow_ups(report: Report, user_id: str) -> list[Advice]:
    actions = [item for item in report.actions if item.owner_id == user_id and not item.done]
    ordered = sorted(actions, key=lambda item: (item.due_on is None, item.due_on or ""))
    found = [
        Advice(type="follow-up", content=_action(item), confidence=DATED if item.due_on else UNDATED)
        for item in ordered[:MAX_FOLLOW_UPS]
    ]
    asked = [item for item in report.questions if item.asked_by == user_id]
    return found + [
        Advice(type="follow-up", content=f"Your question stayed open: {item.text}", confidence=OPEN)
        for item in asked[: MAX_FOLLOW_UPS - len(found)]
    ]


def _action(item: Item) -> str:
    return f"Due {item.due_on}: {item.text}" if item.due_on else f"You said you would follow up: {item.text}"


def _learning(report: Report, user_id: str) -> list[Advice]:
    """Return the topics of a person's questions that had no answer."""
    asked = [item.text.casefold() for item in report.questions if item.asked_by == user_id]
    topics = [topic.text for topic in report.topics if any(topic.text.casefold() in text for text in asked)]
    return [
        Advice(type="learning", content=f"Read up on “{topic}”: your question about it stayed open.", confidence=OPEN)
        for topic in topics[:1]
    ]


def _coaching(own: Speaking | None, speakers: int) -> list[Advice]:
    if own is None:
        return []
    return [Advice(type="coaching", content=text, confidence=value) for text, value in coaching.advice(own, speakers)]
