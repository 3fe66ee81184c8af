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
FIRST_CAPACITY = 16
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

    def nearest(self, query: Sequence[float], least: float, limit: int, accept: Accept | None) -> list[Hit]:
        """Return the best rows of at least a score, best first and ties by id."""

    @property
    def byte_size(self) -> int:
        """The memory that the rows take, about."""

    def __len__(self) -> int: ...

    def __contains__(self, id: str) -> bool: ...


def vector_rows(dimensions: int) -> VectorRows:
    """Return an empty partition."""
    return NumpyRows(dimensions) if has_numpy() else PlainRows(dimensions)


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
        self._matrix: Any = numpy.zeros((FIRST_CAPACITY, dimensions), dtype=numpy.float32)
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
                self._matrix = self._np.concatenate([self._matrix, self._np.zeros_like(self._matrix)])
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

    def nearest(self, query: Sequence[float], least: float, limit: int, accept: Accept | None) -> list[Hit]:
        """Return the best rows of at least a score, best first and ties by id."""
        np = self._np
        scores = np.round(self._matrix[: len(self._ids)] @ np.asarray(query, dtype=np.float32), DECIMALS)
        found = np.flatnonzero(scores >= least)
        if accept is not None:
            found = np.asarray([place for place in found.tolist() if accept(self._tags[place])], dtype=np.int64)
        if len(found) > limit:
            bar = np.partition(scores[found], len(found) - limit)[len(found) - limit]
            found = found[scores[found] >= bar]
        hits = [(-float(scores[place]), self._ids[place]) for place in found.tolist()]
        return [Hit(round(-score, DECIMALS), id) for score, id in sorted(hits)[:limit]]

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

    def nearest(self, query: Sequence[float], least: float, limit: int, accept: Accept | None) -> list[Hit]:
        """Return the best rows of at least a score, best first and ties by id."""
        hits = sorted((-score, id) for score, id in self._scored(list(query), accept) if score >= least)
        return [Hit(-score, id) for score, id in hits[:limit]]

    @property
    def byte_size(self) -> int:
        """The memory that the rows take, about."""
        return (FLOAT_BYTES * self._dimensions + ROW_BYTES) * len(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, id: str) -> bool:
        return id in self._rows

    def _scored(self, query: list[float], accept: Accept | None) -> Iterator[tuple[float, str]]:
        for id, (row, tags) in self._rows.items():
            if accept is None or accept(tags):
                yield round(sum(map(float.__mul__, query, row)), DECIMALS), id


def _unit(vector: bytes) -> "array[float] | None":
    row = array("f")
    row.frombytes(vector)
    if not all(map(math.isfinite, row)):
        return None
    size = math.sqrt(math.fsum(value * value for value in row))
    return array("f", (value / size for value in row)) if size > 0.0 and math.isfinite(size) else None
