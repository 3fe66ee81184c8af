"""Index keys: tuples of null, number and text, in the order in which the database sorts them.

null < numbers < text; text by code point, which equals the order of its UTF-8 bytes. Booleans are 0 and 1.
"""

from typing import TypeAlias

from .errors import Invalid

KeyPart: TypeAlias = None | int | float | str
Key: TypeAlias = tuple[KeyPart, ...]
Rank: TypeAlias = tuple[tuple[int, float | str], ...]

# Integers beyond 64 bits are kept by the database as floats.
LEAST_INTEGER, MOST_INTEGER = -(2**63), 2**63 - 1


def part(value: object) -> KeyPart:
    """Return a field's value as an index holds it.

    Raises:
        Invalid: For NaN.
        TypeError: For what cannot be indexed.
    """
    if value is None or type(value) is str:
        return value
    if value is True or value is False:
        return int(value)
    if isinstance(value, float):
        if value != value:
            raise Invalid("NaN is in no order and cannot be looked for")
        return value
    if isinstance(value, int):
        return value if LEAST_INTEGER <= value <= MOST_INTEGER else float(value)
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be indexed")


def rank(key: Key) -> Rank:
    """Return a tuple that Python sorts as the database sorts the key."""
    return tuple((0, 0) if p is None else (2, p) if isinstance(p, str) else (1, p) for p in key)
