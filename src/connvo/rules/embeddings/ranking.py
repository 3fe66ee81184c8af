"""One ranking of hits by words and hits by meaning.

Each list gives a hit 1 / (`RANK_OFFSET` + its rank), so neither list's scale matters.
"""

from collections.abc import Hashable, Sequence
from typing import TypeVar

K = TypeVar("K", bound=Hashable)

RANK_OFFSET = 60.0


def merged(*rankings: Sequence[K]) -> list[tuple[K, float]]:
    """Return each hit of several rankings with its score, best first; equal ones in the order of the first lists."""
    scores: dict[K, float] = {}
    for ranking in rankings:
        for rank, key in enumerate(dict.fromkeys(ranking), start=1):
            scores[key] = scores.get(key, 0.0) + 1.0 / (RANK_OFFSET + rank)
    return sorted(scores.items(), key=lambda pair: -pair[1])
