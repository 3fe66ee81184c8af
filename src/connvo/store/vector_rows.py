"""Unit vectors of one partition in memory, ranked exactly: by numpy where it is installed, else in plain Python.

Guarantees: a vector that is zero, not finite, or of another length is never ranked.
"""

import math
from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from typing import Any, Protocol, TypeAlias

import msgspec

Tags: TypeAlias = tuple[str, ...]
Accept: TypeAlias = Callable[[Tags], bool]

FLOAT_BYTES = 4
# Beside its numbers, a row costs its id, its tags and its place.
ROW_BYTES = 400
# A matrix that is full grows by a quarter of its rows, and by at least so many.
LEAST_GROWTH = 4
# Equal vectors get equal scores, however they are computed.
DECIMALS = 6


class Hit(msgspec.Struct, frozen=True):
    """A row that is similar to a query."""

    score: float
    id: str


class VectorRows(Protocol):
    """The rows of a partition."""

    def put(self, id: str, vector: bytes, tags: Tags) -> None:
        """Add a row, or replace the one with this id."""

    def remove(self, id: str) -> None:
        """Remove a row, if it is there."""

    @property
    def byte_size(self) -> int:
        """The memory that the rows take, about."""

    def __len__(self) -> int: ...

    def __contains__(self, id: str) -> bool: ...


def vector_rows(dimensions: int) -> VectorRows:
    """Return an empty partition."""
    return NumpyRows(dimensions) if has_numpy() else PlainRows(dimensions)


def nearest_in(
    partitions: Sequence[VectorRows], query: Sequence[float], least: float, limit: int, accept: Accept | None
) -> list[Hit]:
    """Return the best rows of several partitions with at least a score, best first and ties by id."""
    by_numpy = [one for one in partitions if isinstance(one, NumpyRows) and len(one)]
    if by_numpy:
        return _nearest_by_numpy(by_numpy, query, least, limit, accept)
    return _nearest_plainly([one for one in partitions if isinstance(one, PlainRows)], query, least, limit, accept)


@cache
def has_numpy() -> bool:
    """Return whether numpy is installed."""
    return find_spec("numpy") is not None


class NumpyRows:
    """Rows as a matrix; a removed row is replaced by the last one."""

    def __init__(self, dimensions: int) -> None:
        import numpy  # an optional dependency, and slow to import

        self._np: Any = numpy
        self._dimensions = dimensions
        self._matrix: Any = numpy.zeros((0, dimensions), dtype=numpy.float32)
        self._ids: list[str] = []
        self._tags: list[Tags] = []
        self._places: dict[str, int] = {}

    def put(self, id: str, vector: bytes, tags: Tags) -> None:
        """Add a row, or replace the one with this id."""
        row = None if len(vector) != FLOAT_BYTES * self._dimensions else self._unit(vector)
        if row is None:
            self.remove(id)
            return
        place = self._places.get(id)
        if place is None:
            place = self._places[id] = len(self._ids)
            self._ids.append(id)
            self._tags.append(tags)
            if place == len(self._matrix):
                more = self._np.zeros((max(LEAST_GROWTH, place // 4), self._dimensions), dtype=self._np.float32)
                self._matrix = self._np.concatenate([self._matrix, more])
        self._tags[place] = tags
        self._matrix[place] = row

    def remove(self, id: str) -> None:
        """Remove a row, if it is there."""
        place = self._places.pop(id, None)
        if place is None:
            return
        last_id, last_tags = self._ids.pop(), self._tags.pop()
        if place < len(self._ids):
            self._ids[place], self._tags[place] = last_id, last_tags
            self._places[last_id] = place
            self._matrix[place] = self._matrix[len(self._ids)]

    def scores(self, query: Any) -> Any:
        """Return the cosine of each row to a unit vector."""
        return self._matrix[: len(self._ids)] @ query

    def id_at(self, place: int) -> str:
        """Return the id of a row."""
        return self._ids[place]

    def tags_at(self, place: int) -> Tags:
        """Return the tags of a row."""
        return self._tags[place]

    @property
    def byte_size(self) -> int:
        """The memory that the rows take, about."""
        return int(self._matrix.nbytes) + ROW_BYTES * len(self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, id: str) -> bool:
        return id in self._places

    def _unit(self, vector: bytes) -> Any:
        row = self._np.frombuffer(vector, dtype="<f4").astype(self._np.float64)
        size = float(self._np.sqrt((row * row).sum())) if self._np.isfinite(row).all() else 0.0
        return row / size if size > 0.0 and math.isfinite(size) else None


class PlainRows:
    """Rows as arrays, for the core without numpy: thirty times as slow."""

    def __init__(self, dimensions: int) -> None:
        self._dimensions = dimensions
        self._rows: dict[str, tuple[array[float], Tags]] = {}

    def put(self, id: str, vector: bytes, tags: Tags) -> None:
        """Add a row, or replace the one with this id."""
        row = None if len(vector) != FLOAT_BYTES * self._dimensions else _unit(vector)
        if row is None:
            self.remove(id)
        else:
            self._rows[id] = row, tags

    def remove(self, id: str) -> None:
        """Remove a row, if it is there."""
        self._rows.pop(id, None)

    @property
    def byte_size(self) -> int:
        """The memory that the rows take, about."""
        return (FLOAT_BYTES * self._dimensions + ROW_BYTES) * len(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, id: str) -> bool:
        return id in self._rows

    def scored(self, query: list[float], accept: Accept | None) -> Iterator[tuple[float, str]]:
        """Yield the score and the id of each row that is accepted."""
        for id, (row, tags) in self._rows.items():
            if accept is None or accept(tags):
                yield round(sum(map(float.__mul__, query, row)), DECIMALS), id


def _nearest_by_numpy(
    partitions: Sequence[NumpyRows], query: Sequence[float], least: float, limit: int, accept: Accept | None
) -> list[Hit]:
    """Score each partition, but rank them together: what numpy costs for each call would add up."""
    import numpy as np  # an optional dependency, and slow to import

    wanted = np.asarray(query, dtype=np.float32)
    scores = np.round(np.concatenate([one.scores(wanted) for one in partitions]), DECIMALS)
    ends = np.cumsum([len(one) for one in partitions])
    found = np.flatnonzero(scores >= least)
    if accept is None and len(found) > limit:
        bar = np.partition(scores[found], len(found) - limit)[len(found) - limit]
        found = found[scores[found] >= bar]
    found = found[np.argsort(-scores[found])]
    hits: list[tuple[float, str]] = []
    for place, part in zip(found.tolist(), np.searchsorted(ends, found, side="right").tolist(), strict=True):
        score, rows = float(scores[place]), partitions[part]
        if len(hits) >= limit and -score > hits[-1][0]:
            break
        within = place - int(ends[part]) + len(rows)
        if accept is None or accept(rows.tags_at(within)):
            hits.append((-score, rows.id_at(within)))
    return [Hit(round(-score, DECIMALS), id) for score, id in sorted(hits)[:limit]]


def _nearest_plainly(
    partitions: Sequence[PlainRows], query: Sequence[float], least: float, limit: int, accept: Accept | None
) -> list[Hit]:
    wanted = list(query)
    hits = sorted((-score, id) for one in partitions for score, id in one.scored(wanted, accept) if score >= least)
    return [Hit(-score, id) for score, id in hits[:limit]]


def _unit(vector: bytes) -> "array[float] | None":
    row = array("f")
    row.frombytes(vector)
    if not all(map(math.isfinite, row)):
        return None
    size = math.sqrt(math.fsum(value * value for value in row))
    return array("f", (value / size for value in row)) if size > 0.0 and math.isfinite(size) else None
