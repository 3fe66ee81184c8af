"""Whether words of a statement were said: its numbers, its names, its content.

Numbers are compared by their digits, and small ones by their words too. Names are capitalised words inside a sentence,
except in languages that capitalise every noun.
"""

import re
from functools import cache

from connvo.rules.transcripts.chunks import UNSPACED
from connvo.rules.transcripts.folding import fold

from .languages import STEMMERS, best, content_stems, scores, stem, stop_words, words_of

MIN_SUPPORT = 1 / 3
MIN_SCORE = 2.0
NEIGHBOUR_SHARE = 0.5
SCRIPT_SHARE = 0.3
CAPITALISED_NOUNS = frozenset({"de", "lb"})
NUMBER = re.compile(r"\d+(?:[.,:’']\d+)*")
NAME = re.compile(r"(?<=\s)[^\W\d_][^\W_]*(?:[-'’][^\W_]+)*")
# A word after these begins a sentence, where any word has a capital.
BEGINNING = re.compile(r"[.!?:…\"“„«(\-–]\s*$")
SPELLED = re.compile(r"\b[^\W\d_](?:[. ]+[^\W\d_])+\b")
POSSESSIVE = re.compile(r"['’]s?$")
_WORDS = {
    "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred",
    "de": "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn "
    "siebzehn achtzehn neunzehn zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig hundert",
    "fr": "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept "
    "dix-huit dix-neuf vingt trente quarante cinquante soixante soixante-dix quatre-vingts quatre-vingt-dix cent",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis "
    "diecisiete dieciocho diecinueve veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa cien",
}
_VALUES = [str(value) for value in (*range(21), *range(30, 101, 10))]


def numbers_of(text: str) -> set[str]:
    """Return the digits of each number in a text."""
    return {re.sub(r"\D", "", number) for number in NUMBER.findall(text)}


def are_numbers_said(text: str, evidence: str, languages: set[str]) -> bool:
    """Return whether every number of a text is in the evidence, in digits or in words."""
    wanted = numbers_of(text)
    if not wanted:
        return True
    spoken = {_number_words(language).get(word) for language in languages for word in words_of(evidence)}
    return wanted <= numbers_of(evidence) | {one for one in spoken if one is not None}


def are_names_said(text: str, evidence: str, language: str, members: set[str]) -> bool:
    """Return whether every name of a text is in the evidence, or is a member's. `members` are folded parts of names."""
    if language in CAPITALISED_NOUNS:
        return True
    stops = stop_words(language)
    said = {stem(word, language) for word in words_of(evidence)} | {stem(name, language) for name in members}
    said |= {fold(re.sub(r"[. ]", "", letters)) for letters in SPELLED.findall(evidence)}
    parts = [part for name in _names(text) for part in words_of(name) if part not in stops]
    return all(part in said or stem(part, language) in said for part in parts)


def is_supported(text: str, evidence: str, language: str, members: set[str]) -> bool:
    """Return whether a third of the content words of a text are in the evidence, or are names of members."""
    words = content_stems(words_of(text), language)
    if not words:
        return True
    said = set(content_stems(words_of(evidence), language)) | {stem(name, language) for name in members}
    return sum(word in said for word in words) >= len(words) * MIN_SUPPORT


def is_in_language(texts: list[str], wanted: str) -> bool:
    """Return whether texts seem to be in a language; unclear ones are taken to be."""
    text = " ".join(texts)
    unspaced = sum(map(len, UNSPACED.findall(text)))
    if unspaced > len(text) * SCRIPT_SHARE:
        return best(scores(text)) == wanted
    found = scores(UNSPACED.sub(" ", text))  # without names in another script
    language = best(found)
    if language is None or wanted not in STEMMERS:
        return True
    # Neighbouring languages share many small words.
    return found[language] < MIN_SCORE or found.get(wanted, 0.0) > found[language] * NEIGHBOUR_SHARE


def _names(text: str) -> list[str]:
    """Return the capitalised words inside the sentences of a text."""
    return [
        POSSESSIVE.sub("", found[0])
        for found in NAME.finditer(text)
        if found[0][0].isupper() and not BEGINNING.search(text, 0, found.start())
    ]


@cache
def _number_words(language: str) -> dict[str, str]:
    return {fold(word): value for word, value in zip(_WORDS.get(language, "").split(), _VALUES, strict=False)}
