"""The report of a meeting, and the transcript that it is made from, as plain values.

Guarantees: every item cites at least one segment; `limited` keeps a report within its bounds.
"""

from typing import Literal, TypeAlias

import msgspec

RULES = "rules"
MAX_TEXT = 400
MAX_OVERVIEW = 12
MAX_ITEMS = 20

ItemKind: TypeAlias = Literal["overview", "topic", "decision", "action", "question"]


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """A paragraph of one speaker in a final transcript; times in ms since the epoch.

    `starts` are the positions in its text at which its pieces begin, each with the time at which it was said.
    """

    id: str
    start_ms: float
    end_ms: float
    speaker_id: str
    text: str
    language: str | None = None
    starts: tuple[tuple[int, float], ...] = ()


class Attendee(msgspec.Struct, frozen=True, kw_only=True):
    """A member who was in the meeting; only such a member can own an action."""

    id: str
    name: str | None = None


class Minutes(msgspec.Struct, frozen=True, kw_only=True):
    """The input of a report: its transcript in order, its people, and the day that due words are read from.

    `day` is an ISO date. `language` is the one of most words, if it is known.
    """

    segments: tuple[Segment, ...]
    attendees: tuple[Attendee, ...]
    day: str
    language: str | None = None


class Cite(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A segment that an item rests on, its speaker, and the start of the words in it, in ms since the epoch."""

    segment_id: str
    speaker_id: str
    start_ms: float


class Item(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One statement of a report.

    `owner_id` and `done` are an action's, `asked_by` is a question's. `due_words` are words of a cited segment, and
    `due_on` is the ISO date that they mean, if that is clear, or that a person chose. `edited`: a person changed it, so
    it stays as it is.
    """

    id: str
    kind: ItemKind
    text: str
    cites: tuple[Cite, ...]
    owner_id: str | None = None
    due_words: str | None = None
    due_on: str | None = None
    asked_by: str | None = None
    done: bool = False
    edited: bool = False


class Speaking(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How a member spoke: milliseconds, share of all speech, turns, longest turn, words, fillers, words per minute."""

    user_id: str
    ms: float
    share: float
    turns: int
    longest_ms: float
    words: int
    fillers: int
    pace: float


class Replies(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How often one of two people spoke right after the other; `first` sorts before `second`."""

    first: str
    second: str
    count: int


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """An address from the chat or the notes of a meeting; `type` is where it stood."""

    type: Literal["chat", "notes"]
    url: str
    title: str


class Report(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The report of a meeting. `source` is `rules` or the name of the model that wrote it; `language` is ISO 639-1."""

    source: str = RULES
    language: str | None = None
    overview: tuple[Item, ...] = ()
    topics: tuple[Item, ...] = ()
    decisions: tuple[Item, ...] = ()
    actions: tuple[Item, ...] = ()
    questions: tuple[Item, ...] = ()
    speaking: tuple[Speaking, ...] = ()
    replies: tuple[Replies, ...] = ()

    @property
    def items(self) -> tuple[Item, ...]:
        """Every item, in the order of the report."""
        return self.overview + self.topics + self.decisions + self.actions + self.questions


def with_statistics(report: Report, rules: Report) -> Report:
    """Return a model's report with the statistics of the one by rules, which come from the transcript alone."""
    return msgspec.structs.replace(report, speaking=rules.speaking, replies=rules.replies)
