"""Shortlists: for each person the most promising partners, by matrix products over encoded features.

Applies every rule about who may meet, and scores as `rules/matching` does, in single precision. The exact score of each
pair on a shortlist is computed afterwards.
"""

from collections.abc import Callable, Iterable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from connvo.rules.matching.features import (
    COMPLEMENTS,
    EQUAL_LEVEL,
    EQUAL_ROLE,
    FAR_LEVEL,
    FAR_STEPS,
    FARTHEST_LEVEL,
    INTEREST_SHARE,
    LEXICAL,
    NEAR_LEVEL,
    NEAR_STEPS,
    OTHER_FIELD,
    SAME_FAMILY,
    WISH_SHARE,
    numbers,
)
from connvo.rules.matching.pairing import Request
from connvo.rules.matching.profiles import family
from connvo.rules.matching.seekers import Seeker
from connvo.rules.matching.waiting import bar
from connvo.rules.matching.windows import MIN_COMMON_MS

SHORTLISTED = 32
ROWS = 256
# Scores closer than this count as equal.
EQUAL = 1e-3
DAY_MINUTES = 1440.0
LEVEL_VALUES = [EQUAL_LEVEL] + [NEAR_LEVEL] * NEAR_STEPS + [FAR_LEVEL] * (FAR_STEPS - NEAR_STEPS) + [FARTHEST_LEVEL] * 3

Floats: TypeAlias = NDArray[np.float32]
Marks: TypeAlias = NDArray[np.bool_]
# A feature of the people of some rows with all people: its values, and where they are known.
Block: TypeAlias = tuple[Floats, Marks]


def shortlists(request: Request) -> dict[int, list[int]]:
    """Return the positions to look at for each position."""
    pool = _Pool(request)
    found: dict[int, list[int]] = {}
    for start in range(0, len(request.waiting), ROWS):
        rows = slice(start, min(start + ROWS, len(request.waiting)))
        scores = pool.scores(rows)
        allowed = pool.may_meet(rows) & (scores >= pool.bars(rows) - EQUAL)
        ranks = np.where(allowed, scores - _distance(rows, len(request.waiting)), -1.0)
        most = min(SHORTLISTED, ranks.shape[1])
        best = np.argpartition(-ranks, most - 1, axis=1)[:, :most]
        for place, others in enumerate(best):
            found[start + place] = [int(other) for other in others if ranks[place, other] > -EQUAL * 2]
    return found


def _distance(rows: slice, count: int) -> Floats:
    """Return a little for the distance in the queue, so that among equals not all prefer the same few."""
    places = np.arange(count)
    apart: Floats = ((places - places[rows, None]) % count).astype(np.float32) * np.float32(EQUAL / count)
    return apart


class _Pool:
    """The people of a request, encoded."""

    def __init__(self, request: Request) -> None:
        waiting = request.waiting
        self._request = request
        self._start = np.array([max(one.window.start, request.now) for one in waiting])
        self._end = np.array([one.window.end for one in waiting])
        self._bars = np.array([bar(one, request.min_score, request.now) for one in waiting], np.float32)
        self._excluded = _excluded(request)
        seekers = [one.seeker for one in waiting]
        self._languages = _marks(seekers, lambda one: one.languages)
        self._orgs = _numbered([one.org_id for one in seekers])
        self._same = np.array([one.org_wish == "same_org" for one in seekers])
        self._different = np.array([one.org_wish == "different_org" for one in seekers])
        self._open = np.array([one.is_open for one in seekers])
        self._features = _Encoded(seekers)

    def bars(self, rows: slice) -> Floats:
        """Return the stricter bar of the people of some rows with all people."""
        stricter: Floats = np.maximum(self._bars[rows, None], self._bars)
        return stricter

    def may_meet(self, rows: slice) -> Marks:
        """Return which people of all the people of some rows may meet."""
        time = np.minimum(self._end[rows, None], self._end) - np.maximum(self._start[rows, None], self._start)
        spoken = self._languages.sum(axis=1) > 0
        understood = ((self._languages[rows] @ self._languages.T) > 0) | ~spoken[rows, None] | ~spoken
        known = (self._orgs[rows, None] >= 0) & (self._orgs >= 0)
        equal = known & (self._orgs[rows, None] == self._orgs)
        same, different = self._same[rows, None] | self._same, self._different[rows, None] | self._different
        allowed: Marks = (time >= MIN_COMMON_MS) & understood & (~same | equal) & (~different | (known & ~equal))
        for place in range(rows.start, rows.stop):
            allowed[place - rows.start, self._excluded[place]] = False
        return allowed

    def scores(self, rows: slice) -> Floats:
        """Return the scores of the people of some rows with all people."""
        weights = self._request.weights
        total = np.zeros((rows.stop - rows.start, len(self._start)), np.float32)
        known = np.zeros_like(total)
        for name, (values, marks) in self._features.blocks(rows).items():
            weight = np.float32(getattr(weights, name))
            total += np.where(marks, values * weight, 0)
            known += np.where(marks, weight, 0)
        wished = self._same | self._different
        told = (wished[rows, None] | wished) & self._open[rows, None] & self._open
        org = np.where(told, np.float32(weights.org_constraint_match), 0)
        scores: Floats = np.divide(total + org, known + org, out=np.zeros_like(total), where=(known + org) > 0)
        return scores


class _Encoded:
    """The features of all people, as matrices."""

    def __init__(self, seekers: list[Seeker]) -> None:
        self._interests = _marks(seekers, lambda one: (named.key for named in one.interests))
        self._wishes = _marks(seekers, lambda one: (named.key for named in one.wishes))
        self._languages = _marks(seekers, lambda one: one.languages)
        self._roles, self._complements = _roles(seekers)
        self._levels = np.array([-1 if one.level is None else one.level for one in seekers])
        self._fields = _numbered([one.field for one in seekers])
        self._families = _marks(seekers, lambda one: () if one.field is None else family(one.field))
        self._offsets = np.array([np.nan if one.utc_offset is None else one.utc_offset for one in seekers], np.float32)
        self._vectors, self._models = _vectors(seekers)

    def blocks(self, rows: slice) -> dict[str, Block]:
        """Return the features of the people of some rows with all people, by their names."""
        wishes, wished = _overlap(self._wishes, rows)
        interests, interested = _overlap(self._interests, rows)
        wishes = np.where(wished, wishes, 0)
        everywhere = np.ones_like(wished)
        apart = np.abs(self._offsets[rows, None] - self._offsets) % DAY_MINUTES
        steps = np.abs(self._levels[rows, None] - self._levels)
        fields = (self._fields[rows, None] >= 0) & (self._fields >= 0)
        family_shared = (self._families[rows] @ self._families.T) > 0
        related = np.where(family_shared, np.float32(SAME_FAMILY), np.float32(OTHER_FIELD))
        complements = (self._complements[rows] @ self._roles.T) > 0
        equal_roles = (self._roles[rows] @ self._roles.T) > 0
        models = (self._models[rows, None] == self._models) & (self._models >= 0)
        return {
            "interest_overlap": (
                np.where(interested, INTEREST_SHARE * interests + WISH_SHARE * wishes, wishes),
                everywhere,
            ),
            "vector_similarity": ((self._vectors[rows] @ self._vectors.T + 1) / 2, models),
            "experience_gap": (
                np.array(LEVEL_VALUES, np.float32)[np.minimum(steps, len(LEVEL_VALUES) - 1)],
                (self._levels[rows, None] >= 0) & (self._levels >= 0),
            ),
            "industry_match": (
                np.where(self._fields[rows, None] == self._fields, np.float32(1), related),
                fields,
            ),
            "timezone_compatibility": (
                1 - np.minimum(apart, DAY_MINUTES - apart) / (DAY_MINUTES / 2),
                ~np.isnan(apart),
            ),
            "language_overlap": _overlap(self._languages, rows),
            "role_complementarity": (
                np.where(complements, np.float32(1), np.where(equal_roles, np.float32(EQUAL_ROLE), np.float32(0))),
                everywhere,
            ),
        }


def _marks(seekers: list[Seeker], keys: Callable[[Seeker], Iterable[str]]) -> Floats:
    """Return a row for each person with a 1 for each of their keys."""
    rows = [list(keys(one)) for one in seekers]
    columns = {key: place for place, key in enumerate(sorted({key for row in rows for key in row}))}
    found = np.zeros((len(seekers), max(len(columns), 1)), np.float32)
    for place, row in enumerate(rows):
        found[place, [columns[key] for key in row]] = 1
    return found


def _roles(seekers: list[Seeker]) -> tuple[Floats, Floats]:
    """Return the roles of each person, and the roles that complement them."""
    keys = sorted({named.key for one in seekers for named in one.roles})
    columns = {key: place for place, key in enumerate(keys)}
    roles = np.zeros((len(seekers), max(len(keys), 1)), np.float32)
    for place, one in enumerate(seekers):
        roles[place, [columns[named.key] for named in one.roles]] = 1
    complements = np.zeros((roles.shape[1], roles.shape[1]), np.float32)
    for pair in COMPLEMENTS:
        places = [columns[key] for key in pair if key in columns]
        if len(places) == len(pair) == 2:
            complements[places[0], places[1]] = complements[places[1], places[0]] = 1
    return roles, roles @ complements


def _overlap(marks: Floats, rows: slice) -> Block:
    sizes = marks.sum(axis=1)
    smaller = np.minimum(sizes[rows, None], sizes)
    shared = marks[rows] @ marks.T
    return np.divide(shared, smaller, out=np.zeros_like(shared), where=smaller > 0), smaller > 0


def _numbered(values: list[str | None]) -> NDArray[np.int64]:
    """Return a number for each different value, -1 for None."""
    numbers_of: dict[str, int] = {}
    found = [-1 if value is None else numbers_of.setdefault(value, len(numbers_of)) for value in values]
    return np.array(found, np.int64)


def _vectors(seekers: list[Seeker]) -> tuple[Floats, NDArray[np.int64]]:
    """Return the vectors of length 1, and the number of each person's model, -1 without a vector that counts."""
    rows: list[list[float]] = []
    models: list[str | None] = []
    for one in seekers:
        vector = one.vector
        values = [] if vector is None or LEXICAL in vector.model else numbers(vector)
        length = float(np.linalg.norm(values)) if values else 0.0
        usable = vector is not None and np.isfinite(length) and length > 0
        rows.append([value / length for value in values] if usable else [])
        models.append(f"{vector.model} {len(values)}" if usable and vector is not None else None)
    found = np.zeros((len(seekers), max(map(len, rows), default=0) or 1), np.float32)
    for place, row in enumerate(rows):
        found[place, : len(row)] = row
    return found, _numbered(models)


def _excluded(request: Request) -> list[list[int]]:
    """Return for each position those that it may not meet: itself, and the excluded users of either."""
    places: dict[str, list[int]] = {}
    for place, one in enumerate(request.waiting):
        places.setdefault(one.user_id, []).append(place)
    found: list[set[int]] = [set(places[one.user_id]) for one in request.waiting]
    for place, one in enumerate(request.waiting):
        for user_id in one.excluded:
            for other in places.get(user_id, []):
                found[place].add(other)
                found[other].add(place)
    return [sorted(one) for one in found]
