"""Conversations for the tests of reports: lines of speakers, as minutes."""

from collections.abc import Mapping

from connvo.rules.insights.report import Attendee, Minutes, Segment

DAY = "2026-11-30"  # a Monday
WORD_MS = 400.0
PAUSE_MS = 1_000.0
PEOPLE = {"a": "Anna Berg", "b": "Bob Stone", "c": None}


def minutes(
    *lines: tuple[str, str], people: Mapping[str, str | None] | None = None, day: str = DAY, language: str | None = None
) -> Minutes:
    """Returns a meeting in which each line is a segment: its speaker, and what they said."""
    segments = []
    at = 0.0
    for number, (speaker, text) in enumerate(lines):
        end = at + WORD_MS * len(text.split())
        segments.append(Segment(id=f"s{number}", start_ms=at, end_ms=end, speaker_id=speaker, text=text))
        at = end + PAUSE_MS
    names = PEOPLE if people is None else people
    attendees = tuple(Attendee(id=id, name=name) for id, name in names.items())
    return Minutes(segments=tuple(segments), attendees=attendees, day=day, language=language)
