"""Edges of a pool: pairs that could be made, with their exact scores, and a choice that pairs everyone once at most.

The best choice needs a library (`providers/matching`). `best_edges_first` needs none: it takes the best pair, then the
best of the rest, and reaches about nine tenths of the best total.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations
from random import Random

import msgspec

from .scoring import Weights
from .waiting import Edge, Waiting, edge

# A person's candidates are the best by exact score.
MAX_CANDIDATES = 12
# Scores that are equal to so many places are equal for the choice of candidates.
PLACES = 3
NOISE = 0.05


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A pool to pair. `seed` is set in a cycle that ranks with noise, to learn from pairs it would not have shown."""

    waiting: list[Waiting]
    weights: Weights
    min_score: float
    max_matches: int
    now: float
    seed: int | None = None


class Pair(msgspec.Struct, frozen=True):
    """Two entries to propose to each other."""

    first: str
    second: str
    score: float


class Pairing(msgspec.Struct, frozen=True, kw_only=True):
    """The pairs, the best first, and how many candidate edges there were. `optimal`: no other choice has more."""

    pairs: list[Pair]
    edges: int
    optimal: bool


def edges(request: Request) -> list[Edge]:
    """Return the edges of a pool: those of each person's best candidates, the heaviest first."""
    waiting, noise = request.waiting, None if request.seed is None else Random(request.seed)
    found: dict[tuple[int, int], Edge] = {}
    for first, second in combinations(range(len(waiting)), 2):
        one = edge(first, second, waiting, request.weights, request.min_score, request.now)
        if one is not None:
            ranked = one.weight if noise is None else one.weight + noise.uniform(-NOISE, NOISE)
            found[first, second] = Edge(first, second, one.score, ranked)
    return _best_of_each(found, len(waiting))


def best_edges_first(edges: Sequence[Edge], most: int) -> list[Edge]:
    """Return up to `most` edges without a common end, always the heaviest that is left."""
    taken: set[int] = set()
    chosen: list[Edge] = []
    for one in heaviest_first(edges):
        if len(chosen) == most:
            break
        if one.first not in taken and one.second not in taken:
            taken |= {one.first, one.second}
            chosen.append(one)
    return chosen


def heaviest_first(edges: Iterable[Edge]) -> list[Edge]:
    """Return edges by falling weight; equal ones by position, so that the order is total."""
    return sorted(edges, key=lambda one: (-one.weight, one.first, one.second))


def pairing(request: Request, chosen: Iterable[Edge], considered: int, optimal: bool) -> Pairing:
    """Return chosen edges as pairs of entries."""
    waiting = request.waiting
    pairs = [
        Pair(waiting[one.first].entry_id, waiting[one.second].entry_id, one.score)
        for one in heaviest_first(chosen)[: request.max_matches]
    ]
    return Pairing(pairs=pairs, edges=considered, optimal=optimal)


def _best_of_each(found: dict[tuple[int, int], Edge], count: int) -> list[Edge]:
    of: list[list[tuple[float, int, Edge]]] = [[] for _ in range(count)]
    for one in found.values():
        # Among equals each person prefers those next to them: if all preferred the same few, most were left over.
        of[one.first].append((-_rank(one), one.second - one.first, one))
        of[one.second].append((-_rank(one), one.first - one.second + count, one))
    kept = {
        (one.first, one.second)
        for mine in of
        for _, _, one in (mine if len(mine) <= MAX_CANDIDATES else sorted(mine)[:MAX_CANDIDATES])
    }
    return heaviest_first(found[key] for key in kept)


def _rank(edge: Edge) -> float:
    # Not the weight: if waiting counted here, all would prefer those who have waited longest.
    return round(edge.score, PLACES)
