"""Limits on the arguments of one call: in bytes, and in values before any of them is decoded.

Guarantees: checking costs a small part of decoding. A megabyte of text decodes fast, but a megabyte of empty lists
would block the event loop.
"""

from typing import NamedTuple

from connvo.kernel.errors import LimitExceeded

MAX_VALUES = 8192
# A field is a name and perhaps a text, with two quotes each.
QUOTES_PER_VALUE = 4


class ArgumentLimits(NamedTuple):
    """The most encoded bytes and values; lists, objects, their elements and their fields count as values."""

    bytes: int
    values: int


def check_limits(raw: bytes, path: str, max_bytes: int, max_values: int) -> None:
    """Check the encoded arguments of a call.

    Raises:
        LimitExceeded: The arguments have too many bytes or values.
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
    """Return whether valid JSON holds more than `limit` values, counted by commas and opening brackets."""
    if _marks(raw) <= limit:
        return False
    bare = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    if bare.count(b'"') > QUOTES_PER_VALUE * limit:
        return True
    return _marks(b"".join(bare.split(b'"')[::2])) > limit


def _marks(text: bytes) -> int:
    return text.count(b",") + text.count(b"[") + text.count(b"{")
