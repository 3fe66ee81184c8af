"""Search in texts, without regard to case and accents.

A text matches if it has every word of the query; in an open query the last word may be the beginning of one. Where a
script has no spaces, a word matches inside a longer one.

A database finds the texts that may match by terms of small letters and digits: an index of one field finds the same in
both databases and in every script. `find` then decides.
"""

import re
import unicodedata
from collections.abc import Iterable

import msgspec

from connvo.kernel import text
from connvo.kernel.errors import Invalid

from .chunks import UNSPACED
from .folding import Folded, fold, fold_with_origins

QUERY_LENGTH = 200
MAX_WORDS = 12
NAME = "The search"
AROUND = 60
WORD = re.compile(r"\w+")
ELLIPSIS = "…"
# A term is part of an index key, so it is short.
TERM_CHARACTERS = 30


class Query(msgspec.Struct, frozen=True):
    """The folded words that a text needs to have; `is_open`: the last one may be the beginning of a word."""

    words: tuple[str, ...]
    is_open: bool = True


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """The first word of the query in a text: its positions, and the words around it."""

    start: int
    end: int
    snippet: str


def query_of(value: str, is_open: bool = True) -> Query:
    """Return the query of a text.

    Raises:
        Invalid: It has no word, more than twelve, or more than 200 characters.
    """
    words = tuple(WORD.findall(fold(text.line(value, "text", QUERY_LENGTH, name=NAME))))
    if not 1 <= len(words) <= MAX_WORDS:
        raise Invalid(f"Search for 1 to {MAX_WORDS} words", "text", minimum=1, maximum=MAX_WORDS)
    return Query(words, is_open)


def find(query: Query, content: str) -> Match | None:
    """Return where a text matches a query, or None."""
    folded = fold(content)
    if not all(word in folded for word in query.words):
        return None
    first: tuple[int, int] | None = None
    for position, word in enumerate(query.words):
        found = _place(word, folded, is_open=query.is_open and position == len(query.words) - 1)
        if found is None:
            return None
        first = found if first is None else min(first, found)
    if first is None:
        return None
    start, end = _original(fold_with_origins(content), first)
    return Match(start=start, end=end, snippet=_around(content, start, end))


def words_of(value: str) -> tuple[str, ...]:
    """Return the folded words of a text, each once."""
    return tuple(dict.fromkeys(WORD.findall(fold(value))))


def spellings(words: Iterable[str], content: str) -> list[str]:
    """Return those of some folded words that a text has, as it spells them, each spelling once."""
    folded, found = fold_with_origins(content), dict[str, None]()
    for word in words:
        pattern = re.escape(word) if UNSPACED.search(word) else rf"(?<!\w){re.escape(word)}(?!\w)"
        for place in re.finditer(pattern, folded.text):
            start, end = _original(folded, place.span())
            while end < len(content) and unicodedata.combining(content[end]):
                end += 1
            found[content[start:end]] = None
    return list(found)


def terms_of(content: str) -> list[str]:
    """Return the terms of a text: its words and, in scripts without spaces, each character and each pair."""
    found: set[str] = set()
    for word in WORD.findall(fold(content)):
        runs = [] if word.isascii() else UNSPACED.findall(word)
        if not runs:
            found.add(_term(word))
        for run in runs:
            found.update(map(_term, run))
            found.update(map(_term, _pairs(run)))
    return sorted(found)


def terms_for(query: Query) -> list[str]:
    """Return terms of every text that matches a query, except those of an open last word."""
    words = query.words[:-1] if query.is_open else query.words
    found: dict[str, None] = {}
    for word in words:
        runs = UNSPACED.findall(word)
        for part in runs or [word]:
            pairs = _pairs(part) if runs else []
            found.update(dict.fromkeys(map(_term, pairs or [part])))
    return list(found)


def scope_of(meeting_id: str) -> str:
    """Return the term of a meeting, with which all its texts begin."""
    return "scope" + meeting_id


def _term(word: str) -> str:
    """Return a word in small letters and digits."""
    kept = word[:TERM_CHARACTERS]
    if kept.isascii() and kept.isalnum():
        return kept
    return "".join(char if char.isascii() and char.isalnum() else f"q{ord(char):05x}" for char in kept)


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)]


def _place(word: str, folded: str, is_open: bool) -> tuple[int, int] | None:
    if UNSPACED.search(word):
        start = folded.find(word)
        return None if start < 0 else (start, start + len(word))
    pattern = rf"(?<!\w){re.escape(word)}" + ("" if is_open else r"(?!\w)")
    found = re.search(pattern, folded)
    return None if found is None else found.span()


def _original(folded: Folded, found: tuple[int, int]) -> tuple[int, int]:
    start, end = found
    return folded.origins[start], folded.origins[end - 1] + 1


def _around(content: str, start: int, end: int) -> str:
    """Return the words around a match, with an ellipsis where the text goes on."""
    left, right = max(start - AROUND, 0), min(end + AROUND, len(content))
    while 0 < left < start and not content[left - 1].isspace():
        left += 1
    while end < right < len(content) and not content[right].isspace():
        right -= 1
    shown = " ".join(content[left:right].split())
    return f"{ELLIPSIS if left > 0 else ''}{shown}{ELLIPSIS if right < len(content) else ''}"
