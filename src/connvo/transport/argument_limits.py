"""How large the arguments of one call may be: in bytes, and in values before any of them is decoded.

Guarantees: looking costs a small part of what decoding would. A megabyte of text is decoded in no time, a megabyte of
empty lists keeps everybody else waiting.
"""

from typing import NamedTuple

from connvo.kernel.errors import LimitExceeded

MAX_VALUES = 8192
# A field is a name and perhaps a text, each between two quotes.
QUOTES_PER_VALUE = 4


class ArgumentLimits(NamedTuple):
    """The largest arguments: encoded, and in list elements and fields, with the lists and objects themselves."""

    bytes: int
    values: int


def check_limits(raw: bytes, path: str, max_bytes: int, max_values: int) -> None:
    """Check the encoded arguments of a call.

    Raises:
        LimitExceeded: They are too large, or hold too many values.
    """
    if len(raw) > max_bytes:
        raise LimitExceeded(
            f"Arguments for {path} are too large (actual: {len(raw)} bytes, limit: {max_bytes} bytes)",
            actual=len(raw),
            limit=max_bytes,
        )
    if has_more_values(raw, max_values):
        raise LimitExceeded(f"Arguments for {path} hold more than {max_values} values", limit=max_values)


def has_more_values(raw: bytes, limit: int) -> bool:
    """Return whether valid JSON holds more than `limit` values, counted by what begins or separates them."""
    if _marks(raw) <= limit:
        return False
    bare = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    if bare.count(b'"') > QUOTES_PER_VALUE * limit:
        return True
    return _marks(b"".join(bare.split(b'"')[::2])) > limit


def _marks(text: bytes) -> int:
    return text.count(b",") + text.count(b"[") + text.count(b"{")
