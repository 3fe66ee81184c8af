"""The people of a meeting as its transcript knows them: by their voice, or by a name that one of them alone has."""

import re
from collections import defaultdict

from connvo.rules.transcripts.folding import fold

from .report import Attendee, Segment

MIN_NAME = 2


class People:
    """The attendees of a meeting. `share_a_voice`: one label stands for several of them, so it names no owner."""

    def __init__(self, attendees: tuple[Attendee, ...], segments: tuple[Segment, ...]) -> None:
        self.ids = frozenset(one.id for one in attendees)
        speakers = {segment.speaker_id for segment in segments}
        self.share_a_voice = len(speakers) == 1 and len(attendees) > 1
        self._by_name = _names(attendees)
        names = sorted(map(re.escape, self._by_name), key=len, reverse=True)
        self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(names)})(?!\w)") if names else None

    def voice(self, speaker_id: str) -> str | None:
        """Return the attendee who speaks under a label, or None if that is not certain."""
        return speaker_id if speaker_id in self.ids and not self.share_a_voice else None

    def named(self, text: str) -> list[tuple[str, int]]:
        """Return the attendees whom a text names, each with the end of the name in the folded text."""
        if self._pattern is None or self.share_a_voice:
            return []
        return [(self._by_name[found[0]], found.end()) for found in self._pattern.finditer(fold(text))]

    def is_name(self, word: str) -> bool:
        """Return whether a folded word is part of an attendee's name."""
        return word in self._by_name


def _names(attendees: tuple[Attendee, ...]) -> dict[str, str]:
    """Return the folded names and parts of names that one attendee alone has."""
    having: dict[str, set[str]] = defaultdict(set)
    for one in attendees:
        name = fold(" ".join((one.name or "").split()))
        for part in {name, *name.split()}:
            if len(part) >= MIN_NAME and part.replace("'", "").replace("-", "").replace(" ", "").isalpha():
                having[part].add(one.id)
    return {name: next(iter(ids)) for name, ids in having.items() if len(ids) == 1}
