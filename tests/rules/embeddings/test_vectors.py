"""Vectors are compared only when they can be, and bytes that are none are refused."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.kernel.errors import Invalid
from connvo.rules.embeddings import vectors
from connvo.rules.embeddings.vectors import UnusableVector

numbers = st.lists(st.floats(-1e3, 1e3, width=32), min_size=8, max_size=8)


@given(numbers)
def test_a_vector_keeps_its_numbers(values: list[float]) -> None:
    assert vectors.unpacked(vectors.packed(values)).tolist() == values


@given(numbers, st.floats(0.1, 100))
def test_only_the_direction_counts(values: list[float], factor: float) -> None:
    if vectors.length(values) < 1e-3:
        return
    longer = [factor * value for value in values]
    assert vectors.cosine(values, longer) == pytest.approx(1.0, abs=1e-6)
    assert vectors.length(vectors.unit(values)) == pytest.approx(1.0, abs=1e-5)


def test_numbers_are_little_endian() -> None:
    assert vectors.packed([1.0, -2.0]) == struct.pack("<2f", 1.0, -2.0)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"abc",
        vectors.packed([1.0] * 7),
        vectors.packed([1.0] * 9),
        vectors.packed([0.0] * 8),
        vectors.packed([math.nan] + [1.0] * 7),
        vectors.packed([math.inf] + [1.0] * 7),
        vectors.packed([3e38] * 8)[:-1],
    ],
)
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(Invalid) as refusal:
        vectors.query_vector(data, 8)
    assert refusal.value.metadata["field"] == "queryVector"


@pytest.mark.parametrize("values", [[0.0] * 8, [math.nan] * 8, [1.0] * 7, [1.0] * 4097, []])
def test_a_useless_vector_of_a_model_is_refused(values: list[float]) -> None:
    with pytest.raises(UnusableVector):
        vectors.checked(values)
    with pytest.raises(UnusableVector):
        vectors.checked([1.0] * 16, 8)


def test_vectors_of_different_models_are_never_compared() -> None:
    with pytest.raises(ValueError, match="dimensions"):
        vectors.cosine([1.0] * 8, [1.0] * 9)
    with pytest.raises(ValueError, match="argument"):
        vectors.mean([[1.0] * 8, [1.0] * 9])


def test_the_mean_of_parts_lies_between_them() -> None:
    found = vectors.mean([[5.0, 0.0], [0.0, 1.0]])
    assert found is not None
    assert found.tolist() == pytest.approx([math.sqrt(0.5)] * 2)
    assert vectors.mean([]) is None
    assert vectors.mean([[1.0, 0.0], [-1.0, 0.0]]) is None


@pytest.mark.parametrize("text", ["!", "abc", "YWJj"])
def test_base64_that_holds_no_floats_is_refused(text: str) -> None:
    with pytest.raises(UnusableVector):
        vectors.from_base64(text)
