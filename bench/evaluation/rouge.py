"""ROUGE-1, ROUGE-2 and ROUGE-Lsum as F1, with Porter's stemmer, as the package `rouge-score` computes them."""

import re
from collections import Counter
from itertools import chain

import msgspec
import snowballstemmer  # type: ignore[import-untyped]

TOKEN = re.compile(r"[a-z0-9]+")
MIN_STEMMED = 4


class Rouge(msgspec.Struct, frozen=True):
    """The three scores, from 0 to 1."""

    one: float
    two: float
    long: float


def rouge(wanted: list[str], given: list[str]) -> Rouge:
    """Returns the scores of the sentences of a summary, given those of a reference."""
    first, second = [tokens(one) for one in wanted], [tokens(one) for one in given]
    whole, own = (list(chain.from_iterable(one)) for one in (first, second))
    return Rouge(_overlap(whole, own, 1), _overlap(whole, own, 2), _longest(first, second))


def mean(scores: list[Rouge]) -> Rouge:
    """Returns the mean of scores."""
    return Rouge(*(sum(found) / len(found) for found in zip(*map(msgspec.structs.astuple, scores), strict=True)))


def tokens(text: str) -> list[str]:
    """Returns the stems of a text."""
    stem = snowballstemmer.stemmer("porter").stemWord
    return [stem(word) if len(word) >= MIN_STEMMED else word for word in TOKEN.findall(text.lower())]


def _overlap(wanted: list[str], given: list[str], size: int) -> float:
    """Returns the F1 of common n-grams."""
    first, second = (Counter(zip(*(one[at:] for at in range(size)), strict=False)) for one in (wanted, given))
    return _harmonic(sum((first & second).values()), sum(first.values()), sum(second.values()))


def _longest(wanted: list[list[str]], given: list[list[str]]) -> float:
    """Returns the F1 of the words in the union of longest common subsequences, each word as often as both have it."""
    left = [Counter(chain.from_iterable(one)) for one in (wanted, given)]
    sizes = [sum(one.values()) for one in left]
    hits = 0
    for sentence in wanted:
        for place in sorted({place for other in given for place in _common_places(sentence, other)}):
            word = sentence[place]
            if left[0][word] > 0 and left[1][word] > 0:
                hits += 1
                left[0][word] -= 1
                left[1][word] -= 1
    return _harmonic(hits, *sizes)


def _common_places(wanted: list[str], given: list[str]) -> list[int]:
    """Returns the places in the first list of a longest common subsequence."""
    lengths = [[0] * (len(given) + 1)]
    for word in wanted:
        above, row = lengths[-1], [0]
        for at, other in enumerate(given, 1):
            row.append(above[at - 1] + 1 if word == other else max(above[at], row[-1]))
        lengths.append(row)
    places = []
    i, j = len(wanted), len(given)
    while i and j:
        if wanted[i - 1] == given[j - 1]:
            places.append(i - 1)
            i, j = i - 1, j - 1
        elif lengths[i][j - 1] > lengths[i - 1][j]:
            j -= 1
        else:
            i -= 1
    return places


def _harmonic(common: int, wanted: int, given: int) -> float:
    return 2 * common / (wanted + given) if common else 0.0
