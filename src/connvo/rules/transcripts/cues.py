"""Cues of subtitles: lines of a transcript cut to what a viewer can read at once.

Guarantees:
    A cue has one or two lines of at most 42 characters, ends after it begins, and lasts at most 7 seconds.
    The cues of one speaker do not overlap.
    The cues of a line have all its words, in order; with `named`, each begins with the speaker's name.
"""

import math
from collections.abc import Iterable

import msgspec

MAX_CUE_MS = 7_000
MIN_CUE_MS = 500
LINE_CHARACTERS = 42
LINES = 2
NAME_CHARACTERS = 24
ELLIPSIS = "…"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One chunk of a transcript; times in milliseconds since its zero."""

    speaker_id: str
    speaker: str
    start_ms: float
    end_ms: float
    text: str


class Cue(msgspec.Struct, frozen=True, kw_only=True):
    """The words that are shown at once; times in whole milliseconds."""

    speaker_id: str
    speaker: str
    start_ms: int
    end_ms: int
    lines: tuple[str, ...]


def cues_of(lines: Iterable[Line], named: bool = False) -> list[Cue]:
    """Return the cues of lines in the order of their starts.

    `named`: every cue begins with the speaker's name. A cue without one would be read as that of any person whose name
    its words begin with.
    """
    free_from: dict[str, int] = {}
    found: list[Cue] = []
    for line in sorted(lines, key=lambda one: one.start_ms):
        label = f"{_short(line.speaker)}:".split() if named else []
        own = _cues_of_line(line, label, free_from.get(line.speaker_id, 0))
        if own:
            free_from[line.speaker_id] = own[-1].end_ms
        found += own
    return sorted(found, key=lambda cue: (cue.start_ms, cue.end_ms))


def _cues_of_line(line: Line, label: list[str], free_from: int) -> list[Cue]:
    words = [part for word in line.text.split() for part in _parts(word)]
    if not words:
        return []
    start = max(math.floor(line.start_ms), free_from)
    shortest = start + MIN_CUE_MS
    length = max(math.ceil(line.end_ms), shortest) - start
    blocks = _blocks(words, label, math.ceil(length / MAX_CUE_MS))
    # Each block needs some time, however little the speaker took.
    length = max(length, MIN_CUE_MS * len(blocks))
    weights = [sum(map(len, block)) for block in blocks]
    total = sum(weights)
    cues: list[Cue] = []
    spoken = 0
    at = start
    for position, (block, weight) in enumerate(zip(blocks, weights, strict=True)):
        spoken += weight
        left = len(blocks) - position - 1
        # Later blocks keep their shortest time, and this one has its own.
        due = start + min(round(length * spoken / total), length - MIN_CUE_MS * left)
        due = max(due, at + MIN_CUE_MS)
        cues.append(
            Cue(
                speaker_id=line.speaker_id,
                speaker=line.speaker,
                start_ms=at,
                end_ms=min(due, at + MAX_CUE_MS),
                lines=tuple(_wrapped([*label, *block])),
            )
        )
        at = due
    return cues


def _blocks(words: list[str], label: list[str], least: int) -> list[list[str]]:
    """Return the words in groups that fit a cue behind its label, about `least` or more if there are enough words.

    A label fits a line, so a cue always has room for a word.
    """
    target = math.ceil(sum(len(word) + 1 for word in words) / max(least, 1))
    blocks: list[list[str]] = [[]]
    size = 0
    for word in words:
        longer = [*blocks[-1], word]
        if blocks[-1] and (size + len(word) > target or len(_wrapped([*label, *longer])) > LINES):
            blocks.append([word])
            size = len(word) + 1
        else:
            blocks[-1] = longer
            size += len(word) + 1
    return blocks


def _wrapped(words: list[str]) -> list[str]:
    lines = [words[0]]
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) <= LINE_CHARACTERS:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return lines


def _parts(word: str) -> list[str]:
    return [word[at : at + LINE_CHARACTERS] for at in range(0, len(word), LINE_CHARACTERS)]


def _short(name: str) -> str:
    name = " ".join(name.split())
    return name if len(name) <= NAME_CHARACTERS else name[: NAME_CHARACTERS - 1] + ELLIPSIS
