"""The report as a model writes it: statements that cite lines by their keys."""

import msgspec

KINDS = ("overview", "topics", "decisions", "actions", "questions")


class Said(msgspec.Struct, frozen=True):
    """A statement, and the keys of the lines that it rests on."""

    text: str
    cites: list[str] = []


class Promised(msgspec.Struct, frozen=True):
    """A task, the key of the member who took it, and the words that say until when."""

    text: str
    owner: str | None = None
    due_words: str | None = None
    cites: list[str] = []


class Asked(msgspec.Struct, frozen=True):
    """A question that stayed open, and the key of the member who asked it."""

    text: str
    asked_by: str | None = None
    cites: list[str] = []


class ModelReport(msgspec.Struct, frozen=True):
    """The answer of a model about a part of a meeting, or about the whole."""

    overview: list[Said]
    topics: list[Said]
    decisions: list[Said]
    actions: list[Promised]
    questions: list[Asked]

    @property
    def texts(self) -> list[str]:
        """The texts of all statements but the topics, which are too short to have a language."""
        said = [one.text for one in self.overview + self.decisions]
        return said + [one.text for one in self.actions] + [one.text for one in self.questions]

    @property
    def is_empty(self) -> bool:
        """Whether there is no statement."""
        return not self.texts and not self.topics
