"""Decisions, and questions that stayed open, as they were said."""

import re

import msgspec

from . import wordings
from .commitments import is_firm, retractions, was_retracted
from .people import People
from .report import MAX_ITEMS, Minutes
from .sentences import Sentence

MIN_STEMS = 2
MIN_WORDS = 4
ANSWER_MS = 60_000.0
ANSWER_WORDS = 4
ANSWER_SENTENCES = 8
SAME = 0.6
QUESTION_MARKS = ("?", "\uff1f")
# Speech that breaks off is no question, whatever mark a recogniser gave it.
BROKEN = re.compile(r"[–—…-]\s*\?$")


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """An open question, with the answer that left it open, if there was one."""

    sentence: Sentence
    asked_by: str | None
    answer: Sentence | None = None


def decisions(sentences: list[Sentence]) -> list[Sentence]:
    """Return the sentences that state a decision which was not taken back, in their order."""
    found: list[Sentence] = []
    later = retractions(sentences)
    for sentence in sentences:
        cue = wordings.of(sentence.language).decision.search(sentence.text)
        if cue is None or sentence.text.endswith("?") or len(set(sentence.stems)) < MIN_STEMS:
            continue
        if is_firm(sentence, cue.start(), cue.end()) and not was_retracted(sentence, later):
            found.append(sentence)
    return _distinct(found)


def open_questions(sentences: list[Sentence], minutes: Minutes, people: People, requests: set[int]) -> list[Question]:
    """Return the questions without an answer, in their order; `requests` are places of sentences that are actions."""
    found: list[Question] = []
    for sentence in sentences:
        if sentence.place in requests or not _is_question(sentence):
            continue
        answers = _answers(sentence, sentences, minutes)
        doubtful = next((one for one in answers if wordings.of(one.language).unsure.search(one.text)), None)
        if doubtful is None and any(len(one.words) >= ANSWER_WORDS or not one.stems for one in answers):
            continue
        asked_by = people.voice(minutes.segments[sentence.segment].speaker_id)
        found.append(Question(sentence=sentence, asked_by=asked_by, answer=doubtful))
    kept = {sentence.place for sentence in _distinct([one.sentence for one in found])}
    return [one for one in found if one.sentence.place in kept]


def _is_question(sentence: Sentence) -> bool:
    wording = wordings.of(sentence.language)
    if wording.request.search(sentence.text):
        return False
    asks = sentence.text.endswith(QUESTION_MARKS) and not BROKEN.search(sentence.text)
    return asks and len(sentence.words) >= MIN_WORDS and len(set(sentence.stems)) >= MIN_STEMS


def _answers(sentence: Sentence, sentences: list[Sentence], minutes: Minutes) -> list[Sentence]:
    """Return what others said after a question, within a minute of it."""
    asked = minutes.segments[sentence.segment]
    following = sentences[sentence.place + 1 : sentence.place + 1 + ANSWER_SENTENCES]
    return [
        one
        for one in following
        if (segment := minutes.segments[one.segment]).speaker_id != asked.speaker_id
        and segment.start_ms - asked.end_ms <= ANSWER_MS
    ]


def _distinct(found: list[Sentence]) -> list[Sentence]:
    """Return the first sentences that do not repeat each other, as many as a report may have."""
    kept: list[Sentence] = []
    for sentence in found:
        if len(kept) == MAX_ITEMS:
            break
        own = set(sentence.stems)
        if not any(len(own & set(other.stems)) >= SAME * len(own | set(other.stems)) for other in kept):
            kept.append(sentence)
    return kept
