"""People who wait: which two may be paired at all, and how much waiting counts. All times in milliseconds."""

import msgspec

from .features import Features, features, meets_org_wishes
from .scoring import Weights, score
from .seekers import Seeker
from .windows import MINUTE_MS, Window, common

# Waiting counts up to this long: then the bar is at its lowest, and the bonus at its highest.
FULL_WAIT_MS = 10 * MINUTE_MS
WAIT_BONUS = 0.2
LOWEST_BAR = 0.4


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that waits. `excluded` are the users whom its user has blocked, or was matched with lately."""

    entry_id: str
    user_id: str
    window: Window
    waited_since: float
    seeker: Seeker
    excluded: frozenset[str] = frozenset()


class Edge(msgspec.Struct, frozen=True):
    """A pair that may be proposed: the positions of both, its score, and its weight, which counts waiting too."""

    first: int
    second: int
    score: float
    weight: float


def may_meet(first: Waiting, second: Waiting, now: float) -> bool:
    """Return whether two people may be paired, before any score."""
    return (
        first.user_id != second.user_id
        and second.user_id not in first.excluded
        and first.user_id not in second.excluded
        and common(first.window, second.window, now) is not None
        and suits(first.seeker, second.seeker)
    )


def suits(first: Seeker, second: Seeker) -> bool:
    """Return whether the wishes about organisations are met, and there is a common language where both name some."""
    if not meets_org_wishes(first, second):
        return False
    spoken = first.languages, second.languages
    return not all(spoken) or not set(spoken[0]).isdisjoint(spoken[1])


def waited(waiting: Waiting, now: float) -> float:
    """Return how much of the time that counts a person has waited, from 0 to 1."""
    return min(max((now - waiting.waited_since) / FULL_WAIT_MS, 0.0), 1.0)


def bar(waiting: Waiting, min_score: float, now: float) -> float:
    """Return the score that a partner needs: `min_score` at first, less the longer the person has waited."""
    lowest = min(min_score, LOWEST_BAR)
    return min_score - (min_score - lowest) * waited(waiting, now)


def edge(
    first: int, second: int, waiting: list[Waiting], weights: Weights, min_score: float, now: float
) -> Edge | None:
    """Return the edge between two positions, or None if the two may not meet or score below the stricter bar."""
    one, other = waiting[first], waiting[second]
    if not may_meet(one, other, now):
        return None
    value = score(compared(one, other), weights)
    if value < max(bar(one, min_score, now), bar(other, min_score, now)):
        return None
    bonus = WAIT_BONUS * (waited(one, now) + waited(other, now)) / 2
    return Edge(first, second, value, value + bonus)


def compared(first: Waiting, second: Waiting) -> Features:
    """Return the features of two people who wait."""
    return features(first.seeker, second.seeker)
