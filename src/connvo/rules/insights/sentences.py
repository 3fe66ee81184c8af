"""The sentences of a transcript, without fillers and repeated words, each with the segment that it stands in."""

import re
from collections.abc import Iterator

import msgspec

from . import wordings
from .injections import gives_orders_to_a_model
from .languages import content_stems, words_of
from .report import Segment

# Speech that a recogniser gave no punctuation is cut, so that no "sentence" is a whole paragraph.
MAX_WORDS = 60
CUT_WORDS = 30
END = re.compile(r"(?<=[.!?…])[\"')\]»”]*\s+|(?<=[\u3002\uff01\uff1f])")
# A dot after these ends no sentence: a title, an abbreviation, an ordinal number.
NO_END = re.compile(r"(?:\b(?:mr|mrs|ms|dr|prof|st|vs|no|nr|e\.g|i\.e|z\.b|bzw|ca|etc|sr|sra|mme)|\b\d{1,2})\.$", re.I)
REPEAT = re.compile(r"\b([^\W\d_]+(?:['’][^\W\d_]+)?(?:\s+[^\W\d_]+(?:['’][^\W\d_]+)?){0,2})(?:[\s,–-]+\1\b)+", re.I)
SPACE = re.compile(r"\s+")
STRAY = re.compile(r"\s+([,.;:!?])|^[\s,;:–-]+|([,;])(?:\s*[,;])+")


class Sentence(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence as it is shown, with its folded words and the stems of those that carry content.

    `place` is its position among all sentences, `segment` that of its segment. `said` is its text as it was recognised.
    """

    place: int
    segment: int
    said: str
    text: str
    words: tuple[str, ...]
    stems: tuple[str, ...]
    language: str


def sentences_of(segments: tuple[Segment, ...], languages: list[str]) -> list[Sentence]:
    """Return the sentences of a transcript in order; `languages` are those of its segments."""
    found: list[Sentence] = []
    for index, (segment, language) in enumerate(zip(segments, languages, strict=True)):
        for said in split(segment.text):
            text = cleaned(said, language)
            words = tuple(words_of(text))
            if words and not gives_orders_to_a_model(said):
                stems = tuple(content_stems(words, language))
                found.append(
                    Sentence(
                        place=len(found),
                        segment=index,
                        said=said,
                        text=text,
                        words=words,
                        stems=stems,
                        language=language,
                    )
                )
    return found


def split(text: str) -> Iterator[str]:
    """Yield the sentences of a text."""
    begun = ""
    for piece in END.split(text.strip()):
        begun = f"{begun} {piece}".strip()
        if begun and not NO_END.search(begun):
            yield from _cut(begun)
            begun = ""
    if begun:
        yield from _cut(begun)


def cleaned(text: str, language: str) -> str:
    """Return a sentence without fillers, repeats and a greeting of everyone, with a capital at its start."""
    text = wordings.of(language).fillers.sub(" ", text)
    text = REPEAT.sub(r"\1", text)
    text = STRAY.sub(lambda found: found[1] or found[2] or "", SPACE.sub(" ", text)).strip()
    return without_greeting(text, language)


def without_greeting(text: str, language: str) -> str:
    """Return a sentence without greetings of everyone at its start, and with a capital there."""
    greeting = wordings.of(language).greeting
    while (rest := greeting.sub("", text, count=1)) != text:
        text = rest
    return text[:1].upper() + text[1:]


def _cut(text: str) -> Iterator[str]:
    words = text.split()
    if len(words) <= MAX_WORDS:
        yield text
        return
    for start in range(0, len(words), CUT_WORDS):
        yield " ".join(words[start : start + CUT_WORDS])
