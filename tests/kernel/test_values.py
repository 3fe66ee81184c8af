"""Values keep their meaning across the wire, in both formats, and what is no value is refused."""

import base64
import math
import struct
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.kernel.values import (
    MAX_NESTING,
    Int64,
    InvalidValue,
    decode,
    decode_timestamp,
    encode_exact,
    encode_readable,
    encode_timestamp,
    encoder,
)

WRAPPED = [
    (Int64(-7), {"$integer": "+f////////8="}),
    (Int64(2**63 - 1), {"$integer": "/////////38="}),
    (Int64(0), {"$integer": "AAAAAAAAAAA="}),
    (math.inf, {"$float": base64.b64encode(struct.pack("<d", math.inf)).decode()}),
    (-math.inf, {"$float": base64.b64encode(struct.pack("<d", -math.inf)).decode()}),
    (bytes([0, 255, 16]), {"$bytes": "AP8Q"}),
    (b"", {"$bytes": ""}),
]

plain = st.none() | st.booleans() | st.text(st.characters(exclude_categories=["Cs"])) | st.integers(-(2**53), 2**53)
names = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=8).filter(lambda n: n[:1] != "$")
leaves = plain | st.floats(allow_nan=False) | st.binary() | st.integers(-(2**63), 2**63 - 1).map(Int64)
values = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(names, inner), max_leaves=20)


@pytest.mark.parametrize(("value", "encoded"), WRAPPED)
def test_the_special_types_have_their_documented_form(value: Any, encoded: Any) -> None:
    assert encode_exact(value) == encoded
    assert decode(encoded) == value


def test_nan_and_minus_zero_survive() -> None:
    assert encode_exact(math.nan) == {"$float": "AAAAAAAA+H8="}
    assert repr(decode({"$float": "AAAAAAAA+H8="})) == "nan"
    assert encode_exact(-0.0) == {"$float": "AAAAAAAAAIA="}
    assert repr(decode({"$float": "AAAAAAAAAIA="})) == "-0.0"


@given(values)
def test_every_value_survives_the_exact_format(value: Any) -> None:
    text = msgspec.json.encode(encode_exact(value))
    assert decode(msgspec.json.decode(text)) == value


@given(values)
def test_the_readable_format_is_always_json(value: Any) -> None:
    msgspec.json.decode(msgspec.json.encode(encode_readable(value)))


@pytest.mark.parametrize(
    ("value", "readable"),
    [
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
        (Int64(2**53 + 1), "9007199254740993"),
        (b"\x00\xff\x10", "AP8Q"),
        ([1.5, {"a": b""}], [1.5, {"a": ""}]),
        ((1, 2), [1, 2]),
    ],
)
def test_the_readable_format_speaks_to_people(value: Any, readable: Any) -> None:
    assert encoder("json")(value) == readable


def test_a_number_is_never_made_a_64_bit_integer() -> None:
    assert decode([1, 1.0, 2**53]) == [1, 1.0, 2**53]
    assert type(decode(2**53 + 1)) is float
    assert encode_exact(5) == 5


@pytest.mark.parametrize(
    "wrong",
    [
        {"$integer": "AAA="},
        {"$integer": "not base64!!"},
        {"$integer": 5},
        {"$float": base64.b64encode(struct.pack("<d", 1.5)).decode()},
        {"$float": "AAAA"},
        {"$bytes": "*"},
        {"$bytes": None},
        {"$set": []},
        {"$integer": "AAAAAAAAAAA=", "other": 1},
        {"$anything": 1},
        {"naïve": 1},
        {"tab\t": 1},
        {"x" * 1025: 1},
        [10**400],
        {"deep": [{"$bytes": "*"}]},
    ],
)
def test_an_invalid_value_is_refused(wrong: Any) -> None:
    with pytest.raises(InvalidValue):
        decode(wrong)


def nested(levels: int, box: Any) -> Any:
    """Return containers in containers."""
    value: Any = 1
    for _ in range(levels):
        value = box(value)
    return value


@pytest.mark.parametrize("box", [lambda inner: [inner], lambda inner: {"a": inner}])
def test_nesting_is_bounded(box: Any) -> None:
    assert decode(nested(MAX_NESTING, box)) == nested(MAX_NESTING, box)
    with pytest.raises(InvalidValue, match="nested"):
        decode(nested(MAX_NESTING + 1, box))


@given(st.integers(0, 2**63 - 1))
def test_a_timestamp_survives(timestamp: int) -> None:
    assert decode_timestamp(encode_timestamp(timestamp)) == timestamp


def test_timestamps_have_their_documented_form() -> None:
    assert encode_timestamp(0) == "AAAAAAAAAAA="
    for wrong in ("", "AAAA", "//////////8=", "é", "AAAAAAAAAAAA"):
        with pytest.raises(InvalidValue):
            decode_timestamp(wrong)


def test_an_integer_out_of_64_bits_is_refused() -> None:
    with pytest.raises(OverflowError):
        Int64(2**63)
    assert int(Int64(5)) == 5
    assert list(range(10))[Int64(3)] == 3
    assert Int64(5) != 5
    assert len({Int64(5), Int64(5)}) == 1
    assert repr(Int64(5)) == "Int64(5)"


@pytest.mark.parametrize("encode", [encode_exact, encode_readable])
def test_a_value_that_cannot_be_encoded_is_an_error_of_the_server(encode: Any) -> None:
    with pytest.raises(TypeError):
        encode({"a": object()})
