"""The material of a report under short keys: a model sees `p1` and `s12`, and no id, address or profile."""

from collections.abc import Mapping

import msgspec

from connvo.rules.transcripts.folding import fold

from .report import Attendee, Minutes, Segment


class Person(msgspec.Struct, frozen=True):
    """A person under a key. Only one who attended can own an action."""

    key: str
    id: str
    name: str | None
    attended: bool = True


class Line(msgspec.Struct, frozen=True, array_like=True):
    """A segment as a model sees it: its key, its speaker's key, and the words."""

    key: str
    speaker: str
    text: str


class Keyed(msgspec.Struct, frozen=True, kw_only=True):
    """The people and lines of a meeting, in order. `languages` are those of the lines; `language` the report's."""

    people: tuple[Person, ...]
    lines: tuple[Line, ...]
    languages: tuple[str, ...]
    day: str
    language: str

    @property
    def owners(self) -> tuple[str, ...]:
        """The keys of those who can own an action."""
        return tuple(one.key for one in self.people if one.attended)

    @property
    def speakers(self) -> tuple[str, ...]:
        """The keys of those who spoke, in the order of people."""
        spoke = {line.speaker for line in self.lines}
        return tuple(one.key for one in self.people if one.key in spoke)

    @property
    def one_label_for_many(self) -> bool:
        """Whether all words have one speaker although several attended: several people may share that label."""
        return len(self.speakers) == 1 and len(self.owners) > 1

    @property
    def places(self) -> Mapping[str, int]:
        """The positions of the lines by their keys."""
        return {line.key: place for place, line in enumerate(self.lines)}


def segment_of(minutes: Minutes, key: str) -> Segment:
    """Return the segment of a line's key."""
    return minutes.segments[int(key[1:]) - 1]


def name_parts(person: Person | Attendee) -> tuple[str, ...]:
    """Return the folded parts of a person's name."""
    return tuple(part for part in fold(person.name or "").replace(",", " ").split() if len(part) > 1)
