"""`lexical-1`: a text as the hashed counts of its words and their trigrams, in plain Python.

It finds texts that share words, also inflected ones, in every script. It knows no meaning.
"""

import math
import re
from collections import Counter
from functools import lru_cache
from hashlib import blake2b

from connvo.rules.transcripts.chunks import UNSPACED
from connvo.rules.transcripts.folding import fold

from .models import LEXICAL_DIMENSIONS
from .vectors import packed

WORD = re.compile(r"\w+")
TRIGRAM = 3
WORD_WEIGHT = 1.0
TRIGRAM_WEIGHT = 0.45
# Short words are part of most texts of their language.
SHORT = 3
SHORT_WEIGHT = 0.25
HASH_BYTES = 8
HASHES_KEPT = 65_536
# A text without a word still needs a direction.
NO_WORD = "\0"


def embedded(text: str) -> bytes:
    """Return the vector of a text."""
    totals = [0.0] * LEXICAL_DIMENSIONS
    for feature, weight in _features(text).items():
        place, sign = _place(feature)
        totals[place] += sign * weight
    size = math.sqrt(math.fsum(value * value for value in totals))
    if size == 0.0:
        totals[_place(NO_WORD)[0]] = size = 1.0
    return packed(value / size for value in totals)


def _features(text: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for word, count in Counter(_words(text)).items():
        weight = 1.0 + math.log(count)
        if len(word) <= SHORT and word.isascii() and word.isalpha():
            weight *= SHORT_WEIGHT
        found["w" + word] = found.get("w" + word, 0.0) + WORD_WEIGHT * weight
        padded = f"<{word}>"
        grams = [padded[at : at + TRIGRAM] for at in range(len(padded) - TRIGRAM + 1)]
        for gram in grams:
            found["t" + gram] = found.get("t" + gram, 0.0) + TRIGRAM_WEIGHT * weight / math.sqrt(len(grams))
    return found


def _words(text: str) -> list[str]:
    found: list[str] = []
    for word in WORD.findall(fold(text)):
        runs = UNSPACED.findall(word)
        if not runs:
            found.append(word)
        for run in runs:
            found += [run] if len(run) == 1 else [run[at : at + 2] for at in range(len(run) - 1)]
    return found


@lru_cache(maxsize=HASHES_KEPT)
def _place(feature: str) -> tuple[int, float]:
    """Return the dimension and the sign of a feature."""
    value = int.from_bytes(blake2b(feature.encode(), digest_size=HASH_BYTES).digest(), "big")
    return (value >> 1) % LEXICAL_DIMENSIONS, 1.0 if value & 1 else -1.0
