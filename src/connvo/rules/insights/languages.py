"""Languages of transcripts: words, stems and stop words, and the language that a text is in.

The libraries are loaded at the first word: only the process that makes reports needs them.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from functools import cache, lru_cache

from connvo.rules.transcripts.chunks import UNSPACED
from connvo.rules.transcripts.folding import fold

from . import wordings

DEFAULT = "en"
STEMMERS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish", "fr": "french",
    "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian",
    "lt": "lithuanian", "nl": "dutch", "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
# Languages without spaces between words, by a script that each of them has.
BY_SCRIPT = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
)
WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
# Letters that few languages have.
LETTERS = {
    letter: tuple(languages.split())
    for letter, languages in {
        "ñ": "es", "¿": "es", "¡": "es", "ß": "de", "œ": "fr", "ù": "fr", "ã": "pt", "õ": "pt", "å": "sv da no",
        "ø": "da no", "ł": "pl", "ą": "pl", "ę": "pl", "ř": "cs", "ě": "cs", "\u0131": "tr", "ş": "tr ro", "ă": "ro",
        "ä": "de fi sv et", "ö": "de sv fi hu tr", "ü": "de tr hu et", "ç": "fr pt tr ca", "è": "fr it ca",
        "ê": "fr pt", "à": "fr it ca", "é": "fr es pt hu cs", "ó": "es pl hu pt ca", "í": "es cs hu pt",
        "á": "es hu cs pt", "ú": "es cs hu",
    }.items()
}  # fmt: skip
LETTER_WEIGHT = 0.5
# A part of a meeting is in another language than the main one if at least this much speaks for it, and clearly more.
MIN_SCORE = 0.6
CLEARLY = 0.8
SPOKEN_SHARE = 0.08
STEMS_KEPT = 1 << 16


def base_of(tag: str | None) -> str | None:
    """Return the language of a tag such as `pt-BR`, in two or three letters."""
    return None if not tag else tag.split("-")[0].lower()


def words_of(text: str) -> list[str]:
    """Return the folded words of a text; where a script has no spaces, its pairs of characters."""
    found: list[str] = []
    for word in WORD.findall(fold(text.replace("’", "'"))):
        if UNSPACED.search(word):
            found += [word[at : at + 2] for at in range(max(len(word) - 1, 1))]
        else:
            found.append(word)
    return found


@cache
def stop_words(language: str) -> frozenset[str]:
    """Return the folded stop words of a language; none if it has no list."""
    import stopwordsiso

    if not stopwordsiso.has_lang(language):
        return frozenset()
    return frozenset(fold(word) for word in stopwordsiso.stopwords(language))


@cache
def empty_words(language: str) -> frozenset[str]:
    """Return the folded words that carry no content: stop words, and words of talk itself."""
    return stop_words(language) | wordings.of(language).chatter


@lru_cache(maxsize=STEMS_KEPT)
def stem(word: str, language: str) -> str:
    """Return the stem of a folded word; the word if its language has no stemmer."""
    return _stemmer(language)(word)


def content_stems(words: Iterable[str], language: str) -> list[str]:
    """Return the stems of the words that carry content, in their order."""
    stops = empty_words(language)
    return [stem(word, language) for word in words if len(word) > 1 and word not in stops and not word.isdigit()]


def scores(text: str) -> dict[str, float]:
    """Return how much speaks for each language: its stop words and letters, shared with those that have them too.

    A script that one language alone has speaks for it with the number of its characters.
    """
    for language, script in BY_SCRIPT:
        found = script.findall(text)
        if found:
            return {language: float(len(found))}
    totals: dict[str, float] = defaultdict(float)
    lowered = text.lower().replace("’", "'")
    for word, count in Counter(WORD.findall(lowered)).items():
        having = _languages_of(word)
        for language in having:
            totals[language] += count / len(having)
    for letter, languages in LETTERS.items():
        if letter in lowered:
            for language in languages:
                totals[language] += LETTER_WEIGHT * lowered.count(letter) / len(languages)
    return dict(totals)


def best(found: dict[str, float]) -> str | None:
    """Return the language for which most speaks, or None if nothing does."""
    return max(found, key=lambda language: (found[language], language), default=None)


def language_of(text: str, main: str, spoken: frozenset[str]) -> str:
    """Return the language of a part of a meeting: the main one, unless clearly more speaks for another `spoken` one."""
    found = {language: score for language, score in scores(text).items() if language in spoken}
    language = best(found)
    if language is None or found[language] < MIN_SCORE or found.get(main, 0.0) >= CLEARLY * found[language]:
        return main
    return language


def spoken_in(found: dict[str, float]) -> frozenset[str]:
    """Return the languages that a meeting seems to have been held in, given the scores of its whole text."""
    most = max(found.values(), default=0.0)
    return frozenset(language for language, score in found.items() if score >= SPOKEN_SHARE * most)


@cache
def _stemmer(language: str) -> Callable[[str], str]:
    name = STEMMERS.get(language)
    if name is None:
        return str
    import snowballstemmer  # type: ignore[import-untyped]

    made: Callable[[str], str] = snowballstemmer.stemmer(name).stemWord
    return made


@lru_cache(maxsize=STEMS_KEPT)
def _languages_of(word: str) -> tuple[str, ...]:
    return tuple(language for language in STEMMERS if word in _listed(language))


@cache
def _listed(language: str) -> frozenset[str]:
    """Return the stop words of a language as they are written."""
    import stopwordsiso

    return frozenset(stopwordsiso.stopwords(language)) if stopwordsiso.has_lang(language) else frozenset()
