"""The best choice of pairs by brute force, and pools of edges for properties."""

from functools import cache

from hypothesis import strategies as st

from connvo.rules.matching.waiting import Edge

MOST = 10


def best_total(edges: list[Edge]) -> float:
    """Return the greatest total weight of edges without a common end, by trying all."""
    weights = {(one.first, one.second): one.weight for one in edges}
    people = tuple(sorted({end for pair in weights for end in pair}))

    @cache
    def best(left: tuple[int, ...]) -> float:
        if len(left) < 2:
            return 0.0
        first, *others = left
        found = best(tuple(others))
        for other in others:
            weight = weights.get((first, other))
            if weight is not None:
                found = max(found, weight + best(tuple(one for one in others if one != other)))
        return found

    return best(people)


@st.composite
def pools(draw: st.DrawFn) -> list[Edge]:
    """Return the edges of a pool of up to ten people."""
    count = draw(st.integers(0, MOST))
    pairs = [(first, second) for first in range(count) for second in range(first + 1, count)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    return [Edge(*pair, score=0.5, weight=draw(st.integers(1, 1000)) / 1000) for pair in chosen]
