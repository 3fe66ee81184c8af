"""Encode and decode values on the wire: exactly, as Convex clients expect, or readably, for people.

A JSON number is a float64, whether written 1 or 1.0; an integral one may arrive as `int`. A 64-bit integer has its own
type, `Int64`, and is never made from a number that merely looks integral. Rules: docs/protocol.md, values.

Guarantees: a decoded value consists only of None, bool, int, float, str, bytes, Int64, list and dict, with names and
nesting within bounds. An encoded value is valid JSON.
Does not know: functions.
"""

import base64
import binascii
import math
import struct
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

Format: TypeAlias = Literal["json", "convex_encoded_json"]

MAX_NESTING = 64
MAX_NAME_LENGTH = 1024
MAX_EXACT_INTEGER = 2**53
WORD_BYTES = 8

_PLAIN: frozenset[type] = frozenset({str, bool, type(None), int})
_EXACTLY_PLAIN: frozenset[type] = _PLAIN - {int}
_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1


class InvalidValue(ValueError):
    """An error for a value that the wire does not allow; the message says where and why."""


class Int64:
    """A 64-bit signed integer.

    Raises:
        OverflowError: The value is out of range.
    """

    __slots__ = ("value",)

    def __init__(self, value: int) -> None:
        if not _INT64_MIN <= value <= _INT64_MAX:
            raise OverflowError(f"{value} does not fit in 64 bits")
        self.value = value

    def __int__(self) -> int:
        return self.value

    def __index__(self) -> int:
        return self.value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Int64) and other.value == self.value

    def __hash__(self) -> int:
        return hash((Int64, self.value))

    def __repr__(self) -> str:
        return f"Int64({self.value})"


def decode(value: object) -> object:
    """Return the value that parsed JSON represents.

    Raises:
        InvalidValue: It is nested too deep, has an invalid field name, or a number or wrapper is invalid.
    """
    return _decode(value, "args", MAX_NESTING)


def encoder(form: Format) -> Callable[[object], object]:
    """Return the function that encodes a value for a JSON library in this format."""
    return encode_exact if form == "convex_encoded_json" else encode_readable


def encode_exact(value: object) -> object:
    """Return `value` with bytes, Int64 and the special floats wrapped, so that a client restores it exactly."""
    return _encode(value, _EXACTLY_PLAIN, _exact_leaf)


def encode_readable(value: object) -> object:
    """Return `value` in readable form: bytes as base64, Int64 as decimal text, NaN and the infinities by name."""
    return _encode(value, _PLAIN, _readable_leaf)


def encode_timestamp(timestamp: int) -> str:
    """Return a timestamp as eight little-endian bytes in base64."""
    return base64.b64encode(struct.pack("<Q", timestamp)).decode()


def decode_timestamp(text: str) -> int:
    """Return the timestamp of its wire form.

    Raises:
        InvalidValue: The text is not eight bytes in base64, or the timestamp is out of range.
    """
    (timestamp,) = struct.unpack("<Q", _word(text, "ts"))
    if timestamp > _INT64_MAX:
        raise InvalidValue("`ts` is beyond the range of timestamps")
    return int(timestamp)


def _decode(value: Any, where: str, depth: int) -> object:
    kind = type(value)
    if kind is dict:
        return _decode_object(value, where, depth)
    if kind is list:
        if depth == 0:
            raise InvalidValue(f"a value may be nested {MAX_NESTING} deep at most")
        return [item if type(item) is str else _decode(item, where, depth - 1) for item in value]
    if kind is int and not -MAX_EXACT_INTEGER <= value <= MAX_EXACT_INTEGER:
        return _rounded(value, where)
    return value


def _decode_object(value: dict[str, object], where: str, depth: int) -> object:
    if depth == 0:
        raise InvalidValue(f"a value may be nested {MAX_NESTING} deep at most")
    if len(value) == 1:
        ((tag, content),) = value.items()
        if tag in _WRAPPERS:
            return _WRAPPERS[tag](content, where)
    decoded = {}
    for name, item in value.items():
        if name.startswith("$") or len(name) > MAX_NAME_LENGTH or not (name.isascii() and name.isprintable()):
            raise InvalidValue(
                f"{where} has a field {name[:64]!r}: names are printable ASCII, not starting with `$`, "
                f"at most {MAX_NAME_LENGTH} characters"
            )
        decoded[name] = item if type(item) is str else _decode(item, f"{where}.{name}", depth - 1)
    return decoded


def _rounded(value: int, where: str) -> float:
    try:
        return float(value)
    except OverflowError:
        raise InvalidValue(f"{where}: a number is beyond the range of a 64-bit float") from None


def _unwrap_integer(content: object, where: str) -> Int64:
    return Int64(struct.unpack("<q", _word(content, where))[0])


def _unwrap_float(content: object, where: str) -> float:
    number: float = struct.unpack("<d", _word(content, where))[0]
    if _is_ordinary(number):
        raise InvalidValue(f"{where}: `$float` is for NaN, the infinities and -0 only")
    return number


def _unwrap_bytes(content: object, where: str) -> bytes:
    if not isinstance(content, str):
        raise InvalidValue(f"{where}: `$bytes` takes base64 text")
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidValue(f"{where}: `$bytes` is not valid base64") from None


_WRAPPERS: dict[str, Callable[[object, str], object]] = {
    "$integer": _unwrap_integer,
    "$float": _unwrap_float,
    "$bytes": _unwrap_bytes,
}


def _word(content: object, where: str) -> bytes:
    try:
        data = base64.b64decode(content, validate=True) if isinstance(content, str) else b""
    except (binascii.Error, ValueError):
        data = b""
    if len(data) != WORD_BYTES:
        raise InvalidValue(f"{where}: expected {WORD_BYTES} bytes in base64")
    return data


def _is_ordinary(number: float) -> bool:
    return math.isfinite(number) and (number != 0.0 or math.copysign(1.0, number) > 0)


def _encode(value: Any, plain: frozenset[type], leaf: Callable[[object], object]) -> object:
    kind = type(value)
    if kind in plain:
        return value
    if kind is dict:
        return {name: item if type(item) in plain else _encode(item, plain, leaf) for name, item in value.items()}
    if kind is list or kind is tuple:
        return [item if type(item) in plain else _encode(item, plain, leaf) for item in value]
    return leaf(value)


def _exact_leaf(value: object) -> object:
    if isinstance(value, int):
        return float(value)  # some clients recognise numbers by their decimal point
    if isinstance(value, float):
        return value if _is_ordinary(value) else {"$float": base64.b64encode(struct.pack("<d", value)).decode()}
    if isinstance(value, Int64):
        return {"$integer": base64.b64encode(struct.pack("<q", value.value)).decode()}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    raise TypeError(f"{type(value).__name__} is no value of the wire")


def _readable_leaf(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else _NAMES_OF_FLOATS[str(value)]
    if isinstance(value, Int64):
        return str(value.value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} is no value of the wire")


_NAMES_OF_FLOATS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def holds_half_pair(error: Exception, text: str | bytes) -> bool:
    """Return whether a decoder of JSON has failed at half of a surrogate pair."""
    escaped = "\\ud" in text.lower() if isinstance(text, str) else b"\\ud" in text.lower()
    return escaped and any(word in str(error) for word in ("truncated", "surrogate"))
