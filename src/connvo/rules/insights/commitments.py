"""Commitments: what people said they will do, with an owner and a date only where both were said.

Guarantees: an owner is an attendee who promised in a cited segment, accepted a request there, or is named in it.
"""

import heapq
import re
from collections.abc import Iterable, Iterator

import msgspec

from connvo.rules.transcripts.folding import fold

from . import due, wordings
from .due import Due
from .languages import stop_words
from .people import People
from .report import Minutes
from .sentences import Sentence

MAX_ACTIONS = 12
# Candidates are compared with each other, so their number is bounded too.
MAX_CANDIDATES = 200
MIN_STEMS = 2
LONG_WORD = 4
# A retraction this many sentences later needs no common words.
SOON = 2
ANSWER_SEGMENTS = 3
ANSWER_MS = 60_000.0
SAME = 0.7
FULL_STEMS = 6
CLAUSE = re.compile(r"[,;:–]|\b(?:but|and|so|aber|und|mais|et|donc|pero|y)\b", re.IGNORECASE)
# A question that only asks for consent at its end: "I'll send it, okay?"
TAG = re.compile(r",\s*[^\W\d_]+(?:\s[^\W\d_]+)?\?$")
NAME = re.compile(r"(?<![\w'’])[A-ZÀ-ÖØ-Þ][^\W\d_]+")


class Commitment(msgspec.Struct, frozen=True, kw_only=True):
    """A commitment: its sentence, the positions of the segments that it rests on, its owner and its date."""

    sentence: Sentence
    segments: tuple[int, ...]
    owner: str | None = None
    due: Due | None = None

    @property
    def weight(self) -> float:
        """How much there is to it: an owner, a date, and words."""
        return (
            (self.owner is not None) + (self.due is not None) + min(len(self.sentence.stems), FULL_STEMS) / FULL_STEMS
        )


def commitments(sentences: list[Sentence], minutes: Minutes, people: People) -> list[Commitment]:
    """Return at most twelve commitments that were not taken back, in their order."""
    found = heapq.nsmallest(MAX_CANDIDATES, _kept(_all(sentences, minutes, people), sentences), key=_by_weight)
    found.sort(key=lambda one: one.sentence.place)
    best = sorted(_distinct(found), key=_by_weight)[:MAX_ACTIONS]
    return sorted(best, key=lambda one: one.sentence.place)


def _by_weight(one: Commitment) -> tuple[float, int]:
    return (-one.weight, one.sentence.place)


def is_firm(sentence: Sentence, start: int, end: int) -> bool:
    """Return whether what stands between two positions of a sentence is said without condition or negation."""
    wording = wordings.of(sentence.language)
    text = sentence.text
    if wording.condition.search(text):
        return False
    begin = max((found.end() for found in CLAUSE.finditer(text, 0, start)), default=0)
    if wording.negates_after:
        following = CLAUSE.search(text, end)
        end = following.start() if following else len(text)
    return not wording.negation.search(text[begin:end])


def retractions(sentences: list[Sentence]) -> list[Sentence]:
    """Return the sentences that take back something said before."""
    return [one for one in sentences if wordings.of(one.language).retraction.search(one.text)]


def was_retracted(sentence: Sentence, later: list[Sentence]) -> bool:
    """Return whether one of the retractions takes back what a sentence says: at once, or in the same words."""
    own = set(sentence.stems)
    return any(
        one.place > sentence.place
        and (one.place - sentence.place <= SOON or len(own.intersection(one.stems)) >= MIN_STEMS)
        for one in later
    )


def _all(sentences: list[Sentence], minutes: Minutes, people: People) -> Iterator[Commitment]:
    answers: set[int] = set()
    for sentence in sentences:
        if sentence.place in answers:
            continue
        made = _promise(sentence, minutes, people)
        if made is None:
            made, answer = _request(sentence, sentences, minutes, people)
            answers.update(answer)
        made = made or _assignment(sentence, minutes, people)
        if made is not None and _says_something(sentence):
            yield made


def _says_something(sentence: Sentence) -> bool:
    """Return whether a sentence names what is to be done: lists of stop words hold some of such words."""
    long = {word for word in sentence.words if len(word) >= LONG_WORD}
    return len(set(sentence.stems)) >= MIN_STEMS or (bool(sentence.stems) and len(long) > MIN_STEMS)


def _promise(sentence: Sentence, minutes: Minutes, people: People) -> Commitment | None:
    found = wordings.of(sentence.language).promise.search(sentence.text)
    if found is None or not is_firm(sentence, found.start(), found.end()):
        return None
    if sentence.text.endswith("?") and not TAG.search(sentence.text):
        return None
    owner = people.voice(minutes.segments[sentence.segment].speaker_id)
    return _made(sentence, minutes, owner)


def _assignment(sentence: Sentence, minutes: Minutes, people: People) -> Commitment | None:
    wording = wordings.of(sentence.language)
    known = [(owner, end, wording.assignment) for owner, end in people.named(sentence.text)]
    strangers = [(None, end, wording.intention) for end in _strangers(sentence, people)]
    for owner, end, pattern in (*known, *strangers):
        found = pattern.search(sentence.text[end:])
        if found and is_firm(sentence, end, end + found.end()):
            return _made(sentence, minutes, owner)
    return None


def _strangers(sentence: Sentence, people: People) -> Iterator[int]:
    """Yield the ends of capitalised words that may be the name of a person who is not here, or owns nothing."""
    for found in NAME.finditer(sentence.text):
        word = fold(found[0])
        is_here = people.is_name(word) and not people.share_a_voice
        if not is_here and word not in stop_words(sentence.language):
            yield found.end()


def _request(
    sentence: Sentence, sentences: list[Sentence], minutes: Minutes, people: People
) -> tuple[Commitment | None, list[int]]:
    """Return the commitment of a request, and the places of the sentences that accept it."""
    found = wordings.of(sentence.language).request.search(sentence.text)
    if found is None or not is_firm(sentence, found.start(), found.end()):
        return None, []
    named = people.named(sentence.text)
    answer = _acceptance(sentence, sentences, minutes)
    owner = named[0][0] if named else None
    if answer is None:
        return _made(sentence, minutes, owner), []
    speaker = people.voice(minutes.segments[answer.segment].speaker_id)
    if owner is not None and speaker != owner:
        return _made(sentence, minutes, owner), []
    return _made(sentence, minutes, speaker, answer), [answer.place]


def _acceptance(sentence: Sentence, sentences: list[Sentence], minutes: Minutes) -> Sentence | None:
    """Return the sentence in which another speaker takes a request upon them, soon after it."""
    asked = minutes.segments[sentence.segment]
    for later in sentences[sentence.place + 1 :]:
        segment = minutes.segments[later.segment]
        if later.segment - sentence.segment > ANSWER_SEGMENTS or segment.start_ms - asked.end_ms > ANSWER_MS:
            return None
        accepts = wordings.of(later.language).acceptance.search(later.text)
        if segment.speaker_id != asked.speaker_id and accepts and is_firm(later, accepts.start(), accepts.end()):
            return later
    return None


def _made(sentence: Sentence, minutes: Minutes, owner: str | None, answer: Sentence | None = None) -> Commitment:
    said = [sentence] if answer is None else [sentence, answer]
    dates = [date for one in said if (date := due.find(one.said, one.language, minutes.day)) is not None]
    segments = tuple(dict.fromkeys(one.segment for one in said))
    return Commitment(sentence=sentence, segments=segments, owner=owner, due=dates[-1] if dates else None)


def _kept(found: Iterable[Commitment], sentences: list[Sentence]) -> Iterator[Commitment]:
    later = retractions(sentences)
    return (one for one in found if not was_retracted(one.sentence, later))


def _distinct(found: list[Commitment]) -> list[Commitment]:
    """Return commitments without those said again by the same owner; the first one cites the others."""
    kept: list[Commitment] = []
    for one in found:
        again = next((at for at, other in enumerate(kept) if _is_same(one, other)), None)
        if again is None:
            kept.append(one)
        else:
            first = kept[again]
            kept[again] = msgspec.structs.replace(
                first,
                segments=tuple(dict.fromkeys(first.segments + one.segments)),
                owner=first.owner or one.owner,
                due=one.due or first.due,
            )
    return kept


def _is_same(one: Commitment, other: Commitment) -> bool:
    if None not in (one.owner, other.owner) and one.owner != other.owner:
        return False
    first, second = set(one.sentence.stems), set(other.sentence.stems)
    return len(first & second) >= SAME * len(first | second) and _numbers(one.sentence) == _numbers(other.sentence)


def _numbers(sentence: Sentence) -> set[str]:
    return {word for word in sentence.words if word.isdigit()}
