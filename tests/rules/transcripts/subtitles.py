"""Strict readers of WebVTT and SRT, written from their specifications, for tests that read files back."""

import html
import re
from dataclasses import dataclass

VTT_TIMES = re.compile(r"(\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3}) --> (\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3})")
SRT_TIMES = re.compile(r"(\d{2,}):([0-5]\d):([0-5]\d),(\d{3}) --> (\d{2,}):([0-5]\d):([0-5]\d),(\d{3})")
VOICE = re.compile(r"<v ([^\n>&]*(?:&(?:amp|lt|gt);[^\n>&]*)*)>(.*)", re.DOTALL)
REFERENCE = re.compile(r"&(?!(?:amp|lt|gt);)")


@dataclass(frozen=True)
class Shown:
    """A cue as a player shows it."""

    start: int
    end: int
    speaker: str
    lines: tuple[str, ...]


def vtt(content: str) -> list[Shown]:
    """Return the cues of a WebVTT file. Raises AssertionError where the file is not one."""
    header, *blocks = content.removesuffix("\n").split("\n\n")
    assert header.rstrip("\n") == "WEBVTT"
    found = []
    for block in blocks:
        times, _, payload = block.partition("\n")
        start, end = _span(VTT_TIMES, times)
        voice = VOICE.fullmatch(payload)
        assert voice is not None, payload
        assert "-->" not in payload
        assert not REFERENCE.search(payload)
        assert "<" not in voice[2], "markup in a cue"
        lines = tuple(html.unescape(line) for line in voice[2].split("\n"))
        found.append(Shown(start, end, html.unescape(voice[1]), lines))
    return found


def srt(content: str) -> list[Shown]:
    """Return the cues of an SRT file. Raises AssertionError where the file is not one."""
    blocks = content.removesuffix("\n").split("\n\n") if content else []
    found = []
    for number, block in enumerate(blocks, 1):
        label, times, *lines = block.split("\n")
        assert label == str(number)
        start, end = _span(SRT_TIMES, times)
        assert lines
        assert not any("-->" in line or set("<>{}\\") & set(line) for line in lines)
        found.append(Shown(start, end, "", tuple(lines)))
    return found


def _span(pattern: re.Pattern[str], times: str) -> tuple[int, int]:
    found = pattern.fullmatch(times)
    assert found is not None, times
    hours, minutes, seconds, thousandths, *end = map(int, found.groups())
    start = ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths
    return start, ((end[0] * 60 + end[1]) * 60 + end[2]) * 1000 + end[3]
