"""Candidates: the edges from each person to their best partners, by matrix products over encoded features.

Applies every rule about who may meet, and scores as `rules/matching` does, in single precision.
"""

from collections.abc import Callable, Iterable
from random import Random
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from connvo.rules.matching.edges import MAX_CANDIDATES, NOISE, Request, heaviest_first
from connvo.rules.matching.features import (
    COMPLEMENTS,
    EQUAL_LEVEL,
    EQUAL_ROLE,
    FAR_LEVEL,
    FAR_STEPS,
    FARTHEST_LEVEL,
    FLOAT_BYTES,
    INTEREST_SHARE,
    LEXICAL,
    NEAR_LEVEL,
    NEAR_STEPS,
    OTHER_FIELD,
    SAME_FAMILY,
)
from connvo.rules.matching.profiles import family
from connvo.rules.matching.scoring import Weights
from connvo.rules.matching.seekers import Seeker, Vector
from connvo.rules.matching.waiting import WAIT_BONUS, Edge, bar, waited
from connvo.rules.matching.windows import MIN_COMMON_MS

ROWS = 128
# Scores closer than this count as equal.
EQUAL = 1e-3
# Single precision: a score that is less below the bar counts as reaching it.
ROUNDING = 1e-6
DAY_MINUTES = 1440.0
LEVELS = 7
NOT_ALLOWED = -1.0

Floats: TypeAlias = NDArray[np.float32]
Marks: TypeAlias = NDArray[np.bool_]


def candidates(request: Request) -> list[Edge]:
    """Return the edges of a pool: those of each person's best candidates, the heaviest first."""
    pool, count = _Pool(request), len(request.waiting)
    scored: dict[tuple[int, int], float] = {}
    for start in range(0, count, ROWS):
        rows = slice(start, min(start + ROWS, count))
        scores = pool.scores(rows)
        allowed = pool.may_meet(rows) & (scores >= pool.bars(rows) - ROUNDING)
        ranks = np.where(allowed, scores - _distance(rows, count), NOT_ALLOWED)
        best = np.argpartition(ranks, -min(MAX_CANDIDATES, count), axis=1)[:, -MAX_CANDIDATES:]
        places, chosen = np.nonzero(np.take_along_axis(ranks, best, axis=1) > NOT_ALLOWED)
        others = best[places, chosen]
        pairs = zip((places + start).tolist(), others.tolist(), scores[places, others].tolist(), strict=True)
        scored |= {(min(one, other), max(one, other)): score for one, other, score in pairs}
    return _edges(request, scored)


def _edges(request: Request, scored: dict[tuple[int, int], float]) -> list[Edge]:
    noise = None if request.seed is None else Random(request.seed)
    bonus = [WAIT_BONUS * waited(one, request.now) / 2 for one in request.waiting]
    found: list[Edge] = []
    for (first, second), score in sorted(scored.items()):
        weight = score + bonus[first] + bonus[second]
        found.append(Edge(first, second, score, weight + (0.0 if noise is None else noise.uniform(-NOISE, NOISE))))
    return heaviest_first(found)


def _distance(rows: slice, count: int) -> Floats:
    """Return a little for the distance in the queue, so that among equals not all prefer the same few."""
    places = np.arange(count, dtype=np.int32)
    apart: Floats = ((places - places[rows, None]) % count).astype(np.float32) * np.float32(EQUAL / count)
    return apart


class _Pool:
    """The people of a request, encoded."""

    def __init__(self, request: Request) -> None:
        waiting = request.waiting
        self._start = np.array([max(one.window.start, request.now) for one in waiting])
        self._end = np.array([one.window.end for one in waiting])
        self._bars = np.array([bar(one, request.min_score, request.now) for one in waiting], np.float32)
        self._excluded = _excluded(request)
        seekers = [one.seeker for one in waiting]
        self._languages = _marks(seekers, lambda one: one.languages)
        self._spoken: Marks = self._languages.sum(axis=1) > 0
        self._orgs = _numbered([one.org_id for one in seekers])
        self._same = np.array([one.org_wish == "same_org" for one in seekers])
        self._different = np.array([one.org_wish == "different_org" for one in seekers])
        self._features = _Features(seekers, request.weights)

    def bars(self, rows: slice) -> Floats:
        """Return the stricter bar of the people of some rows with all people."""
        stricter: Floats = np.maximum(self._bars[rows, None], self._bars)
        return stricter

    def scores(self, rows: slice) -> Floats:
        """Return the scores of the people of some rows with all people."""
        return self._features.scores(rows)

    def may_meet(self, rows: slice) -> Marks:
        """Return which people of all the people of some rows may meet."""
        time: NDArray[np.float64] = np.minimum(self._end[rows, None], self._end) - np.maximum(
            self._start[rows, None], self._start
        )
        common: Marks = time >= MIN_COMMON_MS
        allowed = common & (
            ((self._languages[rows] @ self._languages.T) > 0) | ~self._spoken[rows, None] | ~self._spoken
        )
        if self._same.any() or self._different.any():
            known = (self._orgs[rows, None] >= 0) & (self._orgs >= 0)
            equal = self._orgs[rows, None] == self._orgs
            same, different = self._same[rows, None] | self._same, self._different[rows, None] | self._different
            allowed &= (~same | (known & equal)) & (~different | (known & ~equal))
        for place in range(rows.start, rows.stop):
            allowed[place - rows.start, self._excluded[place]] = False
        return allowed


class _Features:
    """The features of all people, as matrices, and their weights."""

    def __init__(self, seekers: list[Seeker], weights: Weights) -> None:
        self._weights = weights
        self._interests = _Sets(_marks(seekers, lambda one: (named.key for named in one.interests)))
        self._wishes = _Sets(_marks(seekers, lambda one: (named.key for named in one.wishes)))
        self._languages = _Sets(_marks(seekers, lambda one: one.languages))
        self._roles = _Roles(seekers)
        self._levels = np.array([0 if one.level is None else one.level for one in seekers])
        self._fields = _Fields(seekers)
        self._offsets = _Offsets(seekers)
        self._organisations = _OrgWishes(seekers)
        self._vectors = _Vectors(seekers)
        everywhere = weights.interest_overlap + weights.role_complementarity
        marks: Floats = np.stack(
            [
                np.ones(len(seekers), np.bool_),
                self._levels > 0,
                self._fields.known,
                self._offsets.known,
                self._languages.known,
            ],
            axis=1,
        ).astype(np.float32)
        weighed = [
            everywhere,
            weights.experience_gap,
            weights.industry_match,
            weights.timezone_compatibility,
            weights.language_overlap,
        ]
        # Where features are known of each person, and so how much all of them weigh for two.
        self._known = marks * np.array(weighed, np.float32), marks.T

    def scores(self, rows: slice) -> Floats:
        """Return the scores of the people of some rows with all people."""
        weights, (weighed, marks) = self._weights, self._known
        known: Floats = weighed[rows] @ marks
        total = self._interest_overlap(rows) * np.float32(weights.interest_overlap)
        total += self._roles.complementarity(rows) * np.float32(weights.role_complementarity)
        total += self._languages.overlap(rows) * np.float32(weights.language_overlap)
        total += _experience(weights.experience_gap)[self._levels[rows]][:, self._levels]
        total += self._fields.match(rows) * np.float32(weights.industry_match)
        total += self._offsets.compatibility(rows) * np.float32(weights.timezone_compatibility)
        if self._organisations.any:
            org = self._organisations.told(rows) * np.float32(weights.org_constraint_match)
            total += org
            known += org
        if self._vectors.any:
            similar, alike = self._vectors.similarity(rows)
            weight = alike * np.float32(weights.vector_similarity)
            total += similar * weight
            known += weight
        scores: Floats = np.divide(total, known, out=np.zeros_like(total), where=known > 0)
        return scores

    def _interest_overlap(self, rows: slice) -> Floats:
        wishes, interests = self._wishes.overlap(rows), self._interests.overlap(rows)
        share = self._interests.known[rows, None] * (self._interests.known * np.float32(INTEREST_SHARE))
        interests -= wishes
        interests *= share
        interests += wishes
        return interests


class _Fields:
    """The field of work of each person, and its families."""

    def __init__(self, seekers: list[Seeker]) -> None:
        self._fields = _numbered([one.field for one in seekers])
        self._families = _marks(seekers, lambda one: () if one.field is None else family(one.field))
        self.known: Marks = self._fields >= 0

    def match(self, rows: slice) -> Floats:
        """Return how fields match, 0 where one is unknown."""
        values: Floats = ((self._families[rows] @ self._families.T) > 0) * np.float32(SAME_FAMILY - OTHER_FIELD)
        values += np.float32(OTHER_FIELD)
        values[self._fields[rows, None] == self._fields] = 1
        values *= self.known
        values *= self.known[rows, None]
        return values


class _Offsets:
    """The offset from UTC of each person."""

    def __init__(self, seekers: list[Seeker]) -> None:
        offsets = [None if one.utc_offset is None else one.utc_offset % DAY_MINUTES for one in seekers]
        self._offsets = np.array([offset or 0.0 for offset in offsets], np.float32)
        self.known: Marks = np.array([offset is not None for offset in offsets])

    def compatibility(self, rows: slice) -> Floats:
        """Return how near times of day are, 0 where one is unknown."""
        apart: Floats = np.abs(self._offsets[rows, None] - self._offsets)
        np.minimum(apart, np.float32(DAY_MINUTES) - apart, out=apart)
        apart *= np.float32(-2 / DAY_MINUTES)
        apart += np.float32(1)
        apart *= self.known
        apart *= self.known[rows, None]
        return apart


class _OrgWishes:
    """The people with a wish about organisations, and those whose profiles are open."""

    def __init__(self, seekers: list[Seeker]) -> None:
        self._wished: Marks = np.array([one.is_open and one.org_wish != "any" for one in seekers])
        self._open: Marks = np.array([one.is_open for one in seekers])
        self.any = bool(self._wished.any())

    def told(self, rows: slice) -> Marks:
        """Return where a wish, which is met, counts."""
        found: Marks = (self._wished[rows, None] & self._open) | (self._open[rows, None] & self._wished)
        return found


class _Roles:
    """The roles of each person, and the roles that complement them."""

    def __init__(self, seekers: list[Seeker]) -> None:
        self._roles, self._complements = _roles(seekers)

    def complementarity(self, rows: slice) -> Floats:
        """Return 1 where a role complements another, less where one is equal."""
        found: Floats = ((self._roles[rows] @ self._roles.T) > 0) * np.float32(EQUAL_ROLE)
        found[(self._complements[rows] @ self._roles.T) > 0] = 1
        return found


class _Vectors:
    """The unit vector of each person, and its model."""

    def __init__(self, seekers: list[Seeker]) -> None:
        self._units, self._models = _vectors(seekers)
        self.any = bool((self._models >= 0).any())

    def similarity(self, rows: slice) -> tuple[Floats, Marks]:
        """Return how similar vectors are, and where both are of one model."""
        alike: Marks = (self._models[rows, None] == self._models) & (self._models >= 0)
        similar: Floats = self._units[rows] @ self._units.T
        similar += np.float32(1)
        similar *= np.float32(0.5)
        return similar, alike


class _Sets:
    """A set of keys of each person."""

    def __init__(self, marks: Floats) -> None:
        sizes = marks.sum(axis=1)
        self.known: Marks = sizes > 0
        self._marks = marks
        self._parts: Floats = np.divide(1, sizes, out=np.zeros_like(sizes), where=self.known)

    def overlap(self, rows: slice) -> Floats:
        """Return the shared part of the smaller set, 0 where one is empty."""
        shared: Floats = self._marks[rows] @ self._marks.T
        shared *= np.maximum(self._parts[rows, None], self._parts)
        return shared


def _experience(weight: float) -> Floats:
    """Return the weighed value of each two levels; level 0 is an unknown one."""
    steps = [EQUAL_LEVEL] + [NEAR_LEVEL] * NEAR_STEPS + [FAR_LEVEL] * (FAR_STEPS - NEAR_STEPS)
    values = np.array(steps + [FARTHEST_LEVEL] * (LEVELS - len(steps)), np.float32) * np.float32(weight)
    levels = np.arange(LEVELS)
    table: Floats = values[np.abs(levels[:, None] - levels)]
    table[0], table[:, 0] = 0, 0
    return table


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


def _numbered(values: list[str | None]) -> NDArray[np.int64]:
    """Return a number for each different value, -1 for None."""
    numbers_of: dict[str, int] = {}
    found = [-1 if value is None else numbers_of.setdefault(value, len(numbers_of)) for value in values]
    return np.array(found, np.int64)


def _vectors(seekers: list[Seeker]) -> tuple[Floats, NDArray[np.int64]]:
    """Return the vectors of length 1, and the number of each person's model, -1 without a vector that counts."""
    units = [None if one.vector is None else _unit(one.vector) for one in seekers]
    found = np.zeros((len(seekers), max((len(row) for row in units if row is not None), default=1)), np.float32)
    models: list[str | None] = []
    for place, (one, row) in enumerate(zip(seekers, units, strict=True)):
        if row is not None:
            found[place, : len(row)] = row
        models.append(None if row is None or one.vector is None else f"{one.vector.model} {len(row)}")
    return found, _numbered(models)


def _unit(vector: Vector) -> NDArray[np.float64] | None:
    """Return a vector with length 1, None if it does not count."""
    if LEXICAL in vector.model or len(vector.values) % FLOAT_BYTES:
        return None
    values = np.frombuffer(vector.values, "<f4").astype(np.float64)
    length = float(np.linalg.norm(values))
    return values / length if np.isfinite(length) and length > 0 else None


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
