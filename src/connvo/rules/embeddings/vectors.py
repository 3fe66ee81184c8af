"""Vectors as bytes: little-endian float32, as they are stored and sent."""

import base64
import binascii
import math
import sys
from array import array
from collections.abc import Iterable, Sequence

from connvo.kernel.errors import Invalid

FLOAT_BYTES = 4
MIN_DIMENSIONS = 8
MAX_DIMENSIONS = 4096


class UnusableVector(ValueError):
    """An error for bytes or numbers that are no vector; the message says why."""


def packed(values: Iterable[float]) -> bytes:
    """Return a vector as bytes."""
    floats = array("f", values)
    if sys.byteorder == "big":
        floats.byteswap()
    return floats.tobytes()


def unpacked(data: bytes) -> "array[float]":
    """Return the numbers of a vector.

    Raises:
        UnusableVector: The bytes are not a whole number of floats.
    """
    if len(data) % FLOAT_BYTES:
        raise UnusableVector(f"{len(data)} bytes are no whole number of 32-bit floats")
    floats = array("f")
    floats.frombytes(data)
    if sys.byteorder == "big":
        floats.byteswap()
    return floats


def length(values: Sequence[float]) -> float:
    """Return the Euclidean length of a vector."""
    return math.sqrt(math.fsum(value * value for value in values))


def unit(values: Sequence[float]) -> "array[float]":
    """Return a vector of length 1 in the same direction.

    Raises:
        UnusableVector: The vector is zero, or not finite.
    """
    if not all(map(math.isfinite, values)):
        raise UnusableVector("it has a number that is not finite")
    size = length(values)
    if size == 0.0 or not math.isfinite(size):
        raise UnusableVector("it is all zero")
    return array("f", (value / size for value in values))


def checked(values: Sequence[float], dimensions: int | None = None) -> bytes:
    """Return what a model gave as a stored vector.

    Raises:
        UnusableVector: It has a wrong number of dimensions, is zero, or is not finite.
    """
    if dimensions is not None and len(values) != dimensions:
        raise UnusableVector(f"it has {len(values)} dimensions, not {dimensions}")
    if not MIN_DIMENSIONS <= len(values) <= MAX_DIMENSIONS:
        raise UnusableVector(f"it has {len(values)} dimensions, not {MIN_DIMENSIONS} to {MAX_DIMENSIONS}")
    floats = array("f", values)
    unit(floats)
    return packed(floats)


def query_vector(data: bytes, dimensions: int) -> "array[float]":
    """Return the unit vector of an argument.

    Raises:
        Invalid: It has a wrong length, is zero, or is not finite.
    """
    try:
        found = unpacked(data)
        if len(found) != dimensions:
            raise UnusableVector(f"it has {len(found)} dimensions, not the {dimensions} of the model")
        return unit(found)
    except UnusableVector as error:
        raise Invalid(f"This is no vector of the model: {error}", "queryVector", dimensions=dimensions) from None


def cosine(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the cosine of the angle between two vectors of one model, 0 if one of them has none.

    Raises:
        ValueError: They have different dimensions.
    """
    if len(first) != len(second):
        raise ValueError(f"vectors of {len(first)} and {len(second)} dimensions cannot be compared")
    sizes = length(first) * length(second)
    return math.fsum(map(float.__mul__, first, second)) / sizes if sizes and math.isfinite(sizes) else 0.0


def mean(vectors: Sequence[Sequence[float]]) -> "array[float] | None":
    """Return the direction of several vectors of one model as a unit vector, or None if they cancel out.

    Raises:
        ValueError: They have different dimensions.
    """
    if not vectors:
        return None
    try:
        units = [unit(vector) for vector in vectors]
        return unit([math.fsum(column) / len(units) for column in zip(*units, strict=True)])
    except UnusableVector:
        return None


def from_base64(text: str) -> "array[float]":
    """Return the numbers of a vector in base64, as some servers send it.

    Raises:
        UnusableVector: The text is not base64 of floats.
    """
    try:
        return unpacked(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        raise UnusableVector("it is not base64 of 32-bit floats") from None
