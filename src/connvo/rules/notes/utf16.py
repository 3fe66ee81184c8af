"""Count texts in UTF-16 units. A character above U+FFFF is a pair of two units."""

import re
from collections.abc import Sequence
from itertools import pairwise

_WIDE = re.compile("[\U00010000-\U0010ffff]")


def units(text: str) -> int:
    """Return the length of a text in UTF-16 units."""
    return len(text) if text.isascii() else len(text) + len(_WIDE.findall(text))


def wide_places(text: str) -> list[int]:
    """Return the positions, in units, at which the pairs of a text begin."""
    if text.isascii():
        return []
    return [match.start() + before for before, match in enumerate(_WIDE.finditer(text))]


def encoded(text: str) -> bytes:
    """Return the units of a text, each in two bytes, big end first: sorted as these, texts are in UTF-16 order."""
    return text.encode("utf-16-be")


def cut(text: str, at: Sequence[int]) -> list[str]:
    """Return a text in pieces, cut at these ascending units.

    Raises:
        ValueError: A cut is inside a pair.
    """
    bounds = [0, *at, units(text)]
    if len(text) == bounds[-1]:
        return [text[start:end] for start, end in pairwise(bounds)]
    data = text.encode("utf-16-le")
    return [data[2 * start : 2 * end].decode("utf-16-le") for start, end in pairwise(bounds)]
