"""Comparison of texts without regard to case and accents, with the way back to the original characters."""

import unicodedata

import msgspec


class Folded(msgspec.Struct, frozen=True):
    """A folded text; `origins` has the position in the original of each of its characters."""

    text: str
    origins: list[int]


def fold(text: str) -> str:
    """Return a text in lower case without accents."""
    if text.isascii():
        return text.lower()
    return "".join(char for char in _decomposed(text) if not unicodedata.combining(char))


def fold_with_origins(text: str) -> Folded:
    """Return a folded text with the origins of its characters; its text is that of `fold`."""
    if text.isascii():
        return Folded(text.lower(), list(range(len(text))))
    kept: list[str] = []
    origins: list[int] = []
    for position, char in enumerate(text):
        for part in _decomposed(char):
            if not unicodedata.combining(part):
                kept.append(part)
                origins.append(position)
    return Folded("".join(kept), origins)


def _decomposed(text: str) -> str:
    # Decomposing makes capitals of some letters that have no case, such as U+1D2C.
    return unicodedata.normalize("NFKD", text.casefold()).casefold()
