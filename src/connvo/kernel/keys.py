"""Build index keys: tuples of null, number and text that Python can sort as the database does.

null < numbers < text; text by code point, which equals the order of its UTF-8 bytes. Booleans are 0 and 1.
"""

from typing import TypeAlias

from .errors import Invalid

KeyPart: TypeAlias = None | int | float | str
Key: TypeAlias = tuple[KeyPart, ...]
Rank: TypeAlias = tuple[tuple[int, float | str], ...]

# The database stores integers beyond 64 bits as floats.
MIN_INTEGER, MAX_INTEGER = -(2**63), 2**63 - 1


def part(value: object) -> KeyPart:
    """Return the value of a field as an index stores it.

    Raises:
        Invalid: The value is NaN.
        TypeError: The value is of a type that cannot be indexed.
    """
    if value is None or type(value) is str:
        return value
    if value is True or value is False:
        return int(value)
    if isinstance(value, float):
        if value != value:
            raise Invalid("NaN has no order and cannot be searched for: use a number")
        return value
    if isinstance(value, int):
        return value if MIN_INTEGER <= value <= MAX_INTEGER else float(value)
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be indexed")


def rank(key: Key) -> Rank:
    """Return a tuple that sorts in Python as the key does in the database."""
    return tuple((0, 0) if p is None else (2, p) if isinstance(p, str) else (1, p) for p in key)
