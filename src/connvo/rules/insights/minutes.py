"""Make the report of a meeting by rules alone.

Guarantees: every item cites segments of the transcript, an owner is an attendee, a date was said, and the same
transcript gives the same report.
"""

import hashlib

import msgspec

from . import commitments, findings, gist, languages, speaking, topics
from .citing import cite
from .people import People
from .report import MAX_OVERVIEW, MAX_TEXT, Cite, Item, ItemKind, Minutes, Report
from .sentences import Sentence, sentences_of
from .spelling import Spelling

ELLIPSIS = "…"
MIN_GIST_WORDS, MAX_GIST_WORDS = 60, 240
GIST_SHARE = 0.03
MAX_CITES = 12
ID_DIGITS = 16


def report_of(minutes: Minutes) -> Report:
    """Return the report of a meeting."""
    main, spoken = spoken_languages(minutes)
    sentences = sentences_of(minutes.segments, spoken)
    people = People(minutes.attendees, minutes.segments)
    actions = commitments.commitments(sentences, minutes, people)
    questions = findings.open_questions(sentences, minutes, people, {one.sentence.place for one in actions})
    words = sum(len(sentence.words) for sentence in sentences)
    budget = min(max(int(words * GIST_SHARE), MIN_GIST_WORDS), MAX_GIST_WORDS)
    write = _Writer(minutes)
    return Report(
        language=main,
        overview=tuple(write.sentence("overview", one) for one in gist.gist(sentences, budget, MAX_OVERVIEW)),
        topics=tuple(write.item("topic", text, found) for text, found in topics.topics(sentences, people)),
        decisions=tuple(write.sentence("decision", one) for one in findings.decisions(sentences)),
        actions=tuple(
            write.item(
                "action",
                one.sentence.text,
                list(one.segments),
                owner_id=one.owner,
                due_words=one.due.words if one.due else None,
                due_on=one.due.on if one.due else None,
            )
            for one in actions
        ),
        questions=tuple(_question(write, one) for one in questions),
        speaking=speaking.statistics(minutes.segments, spoken),
        replies=speaking.replies(minutes.segments),
    )


def spoken_languages(minutes: Minutes) -> tuple[str, list[str]]:
    """Return the language of a meeting, and that of each segment.

    The first is the given one, else that of most words. A segment has its own, else the one its words are clearly in.
    """
    found = languages.scores(" ".join(segment.text for segment in minutes.segments))
    main = languages.base_of(minutes.language) or languages.best(found) or languages.DEFAULT
    spoken = languages.spoken_in(found)
    return main, [
        languages.base_of(segment.language) or languages.language_of(segment.text, main, spoken)
        for segment in minutes.segments
    ]


def item_id(kind: ItemKind, text: str, cites: tuple[Cite, ...]) -> str:
    """Return the id of an item: the same for the same words from the same segments."""
    seed = "\n".join([kind, text, *(cite.segment_id for cite in cites)])
    return hashlib.sha256(seed.encode()).hexdigest()[:ID_DIGITS]


def shortened(text: str) -> str:
    """Return a text within the bounds of an item, cut at a word."""
    if len(text) <= MAX_TEXT:
        return text
    cut = text[: MAX_TEXT - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut).rstrip(" ,;:–-") + ELLIPSIS


class _Writer:
    """Writes items that cite segments of one meeting."""

    def __init__(self, minutes: Minutes) -> None:
        self._segments = minutes.segments
        self._spelling = Spelling(minutes.attendees, (segment.text for segment in minutes.segments))

    def sentence(self, kind: ItemKind, sentence: Sentence) -> Item:
        """Return a sentence as an item."""
        return self.item(kind, sentence.text, [sentence.segment])

    def item(self, kind: ItemKind, text: str, segments: list[int], **fields: str | None) -> Item:
        """Return an item that cites segments by their positions; of many, some spread over the meeting."""
        step = max(1, -(-len(segments) // MAX_CITES))
        cites = tuple(cite(self._segments[at], text) for at in segments[::step])
        text = shortened(self._spelling.correct(text))
        made = Item(id=item_id(kind, text, cites), kind=kind, text=text, cites=cites)
        return msgspec.structs.replace(made, **fields)


def _question(write: _Writer, found: findings.Question) -> Item:
    segments = [found.sentence.segment]
    if found.answer is not None and found.answer.segment not in segments:
        segments.append(found.answer.segment)
    return write.item("question", found.sentence.text, segments, asked_by=found.asked_by)
