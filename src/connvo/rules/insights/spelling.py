"""The names of members as they spell them: a recogniser writes what it hears."""

import re
from collections.abc import Iterable, Iterator
from typing import Protocol

from connvo.rules.transcripts.folding import fold

WORD = re.compile(r"[^\W\d_]+")
# Two edits make another word of a short one: "Marc" is no "March".
MIN_LETTERS, MIN_LETTERS_FOR_TWO = 4, 6
ONE, TWO = 1, 2
# Letters that no decomposition reduces to those of the alphabet that a recogniser writes.
PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe"})
# A word after one of these is no name, also where every noun has a capital.
DETERMINED = re.compile(
    r"\b(?:the|an?|our|your|their|this|that|de[rnms]|die|das|(?:[kmds]?ein|unser|euer|ihr|dies|jed)(?:e[nmrs]?)?|im|am|ins"
    r"|zum|zur|vom|beim|l[ea]s?|une?|des|du|aux?|cette?|mon|ma|notre|votre|el|los|las|una?|del|al|est[ea]|mi|nuestr[oa])"
    r"\s+([^\W\d_]+)",
    re.IGNORECASE,
)
CALENDAR_WORDS = """
January February March April May June July August September October November December
Monday Tuesday Wednesday Thursday Friday Saturday Sunday
Januar Februar März Mai Juni Juli Oktober Dezember Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag
Janvier Février Mars Avril Juin Juillet Août Lundi Mardi Mercredi Jeudi Vendredi Samedi Dimanche
Enero Febrero Marzo Abril Mayo Junio Julio Agosto Lunes Martes Miércoles Jueves Viernes Sábado Domingo
"""
CALENDAR = frozenset(fold(word) for word in CALENDAR_WORDS.split())


class Named(Protocol):
    """A person who may have a name."""

    @property
    def name(self) -> str | None:
        """The name."""


class Spelling:
    """The names of the members of a meeting, and the words that are no misspelling of them."""

    def __init__(self, people: Iterable[Named], texts: Iterable[str]) -> None:
        self._names = {part: _plain(part) for person in people for part in WORD.findall(person.name or "")}
        common = {word for text in texts for word in _common_words(text)} if self._names else set()
        self._exact = {*self._names.values(), *CALENDAR, *common}

    def correct(self, text: str) -> str:
        """Return a text with each capitalised word that nearly is one member's name spelled as that member does.

        A word stays if it is near the names of several members, if it is a name itself, or if it also occurs as common
        words do: in small letters, or with an article.
        """
        return WORD.sub(self._spelled, text) if self._names else text

    def _spelled(self, found: re.Match[str]) -> str:
        word, plain = found[0], _plain(found[0])
        if not word[0].isupper() or plain in self._exact:
            return word
        near = {name for name, own in self._names.items() if _is_near(plain, own)}
        return near.pop() if len(near) == 1 else word


def edits(one: str, other: str, limit: int) -> int:
    """Return how many letters to insert, drop, replace or swap make one word of another, or more than `limit`."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        line = [row]
        for column, other_letter in enumerate(other, 1):
            cost = min(last[column] + 1, line[-1] + 1, last[column - 1] + (letter != other_letter))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == other_letter:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        if min(line) > limit:
            return limit + 1
        before, last = last, line
    return last[-1]


def _common_words(text: str) -> Iterator[str]:
    yield from (fold(word) for word in WORD.findall(text) if word.islower())
    yield from (_plain(word) for word in DETERMINED.findall(text))


def _plain(word: str) -> str:
    return fold(word).translate(PLAIN)


def _is_near(word: str, name: str) -> bool:
    shorter = min(len(word), len(name))
    if shorter < MIN_LETTERS or word[0] != name[0]:
        return False
    limit = TWO if shorter >= MIN_LETTERS_FOR_TWO else ONE
    return edits(word, name, limit) <= limit
