"""The golden meetings: own transcripts with the actions, dates and traps that are in them."""

import json
from pathlib import Path
from typing import Any

import msgspec

from connvo.rules.insights.report import Attendee, Minutes, Segment

FOLDER = Path(__file__).parent / "meetings"
LINE_MS = 12_000.0
SPOKEN_MS = 10_000.0
START_MS = 1_700_000_000_000.0


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """An action that a meeting has: ids of lines that hold it, words of which one names it, owner and day."""

    lines: frozenset[str]
    words: tuple[str, ...]
    owner: str | None = None
    due: str | None = None


class Golden(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting, and what a good report of it has and has not.

    `dates` are the only days that may be in it. `canaries` and the groups of words in `taken_back` are in no statement.
    """

    name: str
    title: str
    minutes: Minutes
    actions: tuple[Expected, ...]
    dates: frozenset[str]
    canaries: tuple[str, ...] = ()
    taken_back: tuple[tuple[str, ...], ...] = ()
    misspelled: tuple[str, ...] = ()
    no_decision: bool = False


def golden_meetings() -> list[Golden]:
    """Returns all of them, by name."""
    return [_load(path) for path in sorted(FOLDER.glob("*.json"))]


def _load(path: Path) -> Golden:
    found = json.loads(path.read_text("utf-8"))
    lines, places = _lines(found)
    segments = tuple(
        Segment(
            id=f"{path.stem}-{place}",
            start_ms=START_MS + place * LINE_MS,
            end_ms=START_MS + place * LINE_MS + SPOKEN_MS,
            speaker_id=line[0],
            text=line[1],
            language=line[2] if len(line) > 2 else "en",
        )
        for place, line in enumerate(lines)
    )
    actions = tuple(
        Expected(
            lines=frozenset(segments[places[number - 1]].id for number in one["lines"]),
            words=tuple(one["words"]),
            owner=one["owner"],
            due=one.get("due"),
        )
        for one in found["actions"]
    )
    people = tuple(Attendee(id=key, name=name) for key, name in found["people"].items())
    return Golden(
        name=path.stem,
        title=found["title"],
        minutes=Minutes(segments=segments, attendees=people, day=found["day"], language="en"),
        actions=actions,
        dates=frozenset({one.due for one in actions if one.due} | set(found.get("dates", ()))),
        canaries=tuple(found.get("canaries", ())),
        taken_back=tuple(tuple(words) for words in found.get("taken_back", ())),
        misspelled=tuple(found.get("names", {}).get("wrong", ())),
        no_decision=found.get("decisions") == 0,
    )


def _lines(found: Any) -> tuple[list[list[str]], list[int]]:
    """Returns the lines of a meeting with its filler between them, and the places of its own lines."""
    filler = found.get("filler")
    lines: list[list[str]] = []
    places: list[int] = []
    for number, line in enumerate(found["lines"]):
        places.append(len(lines))
        lines.append(line)
        if filler:
            small_talk = filler["lines"]
            start = number * filler["every"]
            lines += [small_talk[place % len(small_talk)] for place in range(start, start + filler["every"])]
    return lines, places
