"""Keys sort in Python as in the database: null, then numbers, then text by code point."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.kernel.errors import Invalid
from connvo.kernel.keys import KeyPart, part, rank

parts = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()


def test_null_comes_before_numbers_and_numbers_before_text() -> None:
    shuffled: list[KeyPart] = ["", "b", 2, None, -1.5, "a", 0]
    assert sorted(shuffled, key=lambda p: rank((p,))) == [None, -1.5, 0, 2, "", "a", "b"]


def test_text_sorts_by_code_point_as_its_bytes_do() -> None:
    words = ["z", "Z", "é", "\uffff", "\U0001f600", "a", ""]
    assert sorted(words, key=lambda w: rank((w,))) == sorted(words, key=lambda w: w.encode())


def test_a_shorter_key_comes_before_those_it_begins() -> None:
    assert rank(("a",)) < rank(("a", None)) < rank(("a", 0)) < rank(("a", "")) < rank(("b",))


@given(parts, parts)
def test_every_two_parts_can_be_compared(left: object, right: object) -> None:
    a, b = rank((part(left),)), rank((part(right),))
    assert (a < b) + (a == b) + (a > b) == 1


@pytest.mark.parametrize(("value", "key"), [(True, 1), (False, 0), (None, None), (7, 7), (1.5, 1.5), ("x", "x")])
def test_a_field_is_held_as_the_database_holds_it(value: object, key: KeyPart) -> None:
    held = part(value)
    assert held == key
    assert type(held) is type(key)


def test_an_integer_beyond_64_bits_is_held_as_a_float_as_in_the_database() -> None:
    assert part(2**63 - 1) == 2**63 - 1
    assert type(part(2**63)) is float
    assert type(part(-(2**63) - 1)) is float


def test_a_special_kind_of_text_is_held_as_plain_text() -> None:
    class Word(str):
        __slots__ = ()

    assert type(part(Word("x"))) is str


def test_nan_is_refused_because_it_equals_nothing() -> None:
    with pytest.raises(Invalid):
        part(float("nan"))


@pytest.mark.parametrize("value", [[], {}, b"x", object()])
def test_values_without_an_order_are_refused(value: object) -> None:
    with pytest.raises(TypeError):
        part(value)
