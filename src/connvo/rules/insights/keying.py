"""The people and lines of a meeting under the keys of `keyed`, with the languages that were spoken."""

from .keyed import Keyed, Line, Person
from .minutes import spoken_languages
from .report import Minutes


def keyed(minutes: Minutes, language: str | None = None) -> Keyed:
    """Return the material of a meeting under keys; `language` is that of the report, if one is set."""
    attended = [Person(f"p{number}", one.id, one.name) for number, one in enumerate(minutes.attendees, 1)]
    known = {one.id for one in attended}
    absent = [one for one in dict.fromkeys(segment.speaker_id for segment in minutes.segments) if one not in known]
    others = [Person(f"p{number}", one, None, False) for number, one in enumerate(absent, len(attended) + 1)]
    people = tuple(attended + others)
    keys = {one.id: one.key for one in people}
    main, spoken = spoken_languages(minutes)
    return Keyed(
        people=people,
        lines=tuple(
            Line(f"s{number}", keys[segment.speaker_id], segment.text)
            for number, segment in enumerate(minutes.segments, 1)
        ),
        languages=tuple(spoken),
        day=minutes.day,
        language=language or main,
    )
