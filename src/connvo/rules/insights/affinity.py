"""Affinity: how well two people who spoke in one meeting should know each other better."""

import msgspec

BASE = 0.3
REPLIES, MOST_REPLIES = 0.25, 10
INTEREST, MOST_INTERESTS = 0.1, 2
TOPICS = 0.15
NEW = 0.1
MIN_CONFIDENCE = 0.5
MAX_PEOPLE = 3
MIN_SPEECH_MS = 30_000.0
PLACES = 3


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Two people: how long the shorter one spoke, their replies to each other, what they share, whether it is new.

    `interests` are the labels of interests that both have, `topics` is the share of the meeting's topics on which both
    spoke. `visible`: both show their profiles, and neither has blocked the other.
    """

    other_id: str
    least_ms: float
    replies: int
    interests: tuple[str, ...] = ()
    topics: float = 0.0
    new: bool = False
    visible: bool = True


def confidence(pair: Pair) -> float:
    """Return the confidence that two people should talk again, from 0 to 1; 0 if it must not be said."""
    if not pair.visible or pair.least_ms < MIN_SPEECH_MS:
        return 0.0
    value = (
        BASE
        + REPLIES * min(pair.replies, MOST_REPLIES) / MOST_REPLIES
        + INTEREST * min(len(pair.interests), MOST_INTERESTS)
        + TOPICS * min(max(pair.topics, 0.0), 1.0)
        + NEW * pair.new
    )
    return round(min(value, 1.0), PLACES)


def best(pairs: list[Pair]) -> list[tuple[Pair, float]]:
    """Return the pairs to recommend, the most certain first, at most three."""
    rated = [(pair, value) for pair in pairs if (value := confidence(pair)) >= MIN_CONFIDENCE]
    return sorted(rated, key=lambda one: (-one[1], one[0].other_id))[:MAX_PEOPLE]
