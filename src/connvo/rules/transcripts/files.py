"""Files of a transcript: WebVTT and SRT for players, text and Markdown for readers, JSON for programs.

Zero is the start of the meeting. Only final text is in a file, each chunk once.
"""

import re
from collections.abc import Callable
from typing import Literal, TypeAlias

import msgspec

from .cues import ELLIPSIS, NAME_CHARACTERS, Line, cues_of
from .segments import Piece, group

FileFormat: TypeAlias = Literal["vtt", "srt", "txt", "md", "json"]

HOUR_MS, MINUTE_MS, SECOND_MS = 3_600_000, 60_000, 1_000
CONTENT_TYPES: dict[FileFormat, str] = {
    "vtt": "text/vtt",
    "srt": "application/x-subrip",
    "txt": "text/plain",
    "md": "text/markdown",
    "json": "application/json",
}
# Characters that mean something in Markdown or HTML.
MARKED = re.compile(r"([\\`*_{}\[\]<>#|&~+=!.()$:^@-])")
# SRT has no escapes: players show "&lt;" as it is, read "<i>" and "{\an8}" as markup, "\N" as the end of a line, and
# "-->" as the times of another cue. So look-alikes stand for what a player would not show.
ARROW = "-->"
SHOWN_ARROW = "→"
LOOK_ALIKES = str.maketrans("<>{}\\", "\u2039\u203a\u2774\u2775\u29f5")
# The beginning of a line that looks like the name of a speaker; the colon may be another that looks like it.
COLONS = ":\u02d0\u2236\ua789\ufe13\ufe55\uff1a"
LABEL = re.compile(f"[^{COLONS}]{{0,{NAME_CHARACTERS}}}[{COLONS}]")


class FileChunk(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A chunk in a file; times in milliseconds since the start of the meeting."""

    sequence: int
    start_ms: float
    end_ms: float
    speaker_id: str
    speaker: str
    text: str
    confidence: float
    language: str | None = None


class Transcript(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A whole transcript; `started_at` in epoch milliseconds."""

    title: str
    started_at: float
    chunks: list[FileChunk]


def render(kind: FileFormat, transcript: Transcript) -> str:
    """Return the content of a file."""
    return _RENDERERS[kind](transcript)


def _vtt(transcript: Transcript) -> str:
    blocks = ["WEBVTT\n"]
    for cue in cues_of(_lines(transcript)):
        times = f"{_clock(cue.start_ms, '.')} --> {_clock(cue.end_ms, '.')}"
        text = "\n".join(map(_escaped, cue.lines))
        blocks.append(f"{times}\n<v {_escaped(_one_line(cue.speaker))}>{text}\n")
    return "\n".join(blocks)


def _srt(transcript: Transcript) -> str:
    blocks = []
    for number, cue in enumerate(cues_of(_lines(transcript), named=True), 1):
        times = f"{_clock(cue.start_ms, ',')} --> {_clock(cue.end_ms, ',')}"
        first, *others = (line.replace(ARROW, SHOWN_ARROW).translate(LOOK_ALIKES) for line in cue.lines)
        text = "\n".join([first, *map(_continued, others)])
        blocks.append(f"{number}\n{times}\n{text}\n")
    return "\n".join(blocks)


def _continued(line: str) -> str:
    """Return a later line of a cue, marked as such if it looks like the words of another speaker."""
    return f"{ELLIPSIS} {line}" if LABEL.match(line) else line


def _txt(transcript: Transcript) -> str:
    said = [f"[{_clock(start, '.')[:-4]}] {speaker}: {text}\n" for start, speaker, text in _paragraphs(transcript)]
    return "\n".join([_one_line(transcript.title) + "\n", *said])


def _md(transcript: Transcript) -> str:
    said = [
        f"**{_plain(speaker)}** ({_clock(start, '.')[:-4]}): {_plain(text)}\n"
        for start, speaker, text in _paragraphs(transcript)
    ]
    return "\n".join([f"# {_plain(_one_line(transcript.title))}\n", *said])


def _json(transcript: Transcript) -> str:
    return msgspec.json.format(msgspec.json.encode(transcript), indent=2).decode() + "\n"


_RENDERERS: dict[FileFormat, Callable[[Transcript], str]] = {
    "vtt": _vtt, "srt": _srt, "txt": _txt, "md": _md, "json": _json,
}  # fmt: skip


def _lines(transcript: Transcript) -> list[Line]:
    return [
        Line(
            speaker_id=chunk.speaker_id,
            speaker=chunk.speaker,
            start_ms=max(chunk.start_ms, 0.0),
            end_ms=max(chunk.end_ms, 0.0),
            text=chunk.text,
        )
        for chunk in transcript.chunks
    ]


def _paragraphs(transcript: Transcript) -> list[tuple[int, str, str]]:
    names = {chunk.speaker_id: _one_line(chunk.speaker) for chunk in transcript.chunks}
    pieces = [
        Piece(
            sequence=chunk.sequence,
            speaker=chunk.speaker_id,
            start_ms=chunk.start_ms,
            end_ms=chunk.end_ms,
            text=chunk.text,
        )
        for chunk in transcript.chunks
    ]
    return [(max(int(run.start_ms), 0), names[run.speaker], _one_line(run.text)) for run in group(pieces)]


def _clock(at_ms: int, point: str) -> str:
    """Return a time with its hours, as both subtitle formats have it: they differ in the decimal point."""
    hours, rest = divmod(at_ms, HOUR_MS)
    minutes, rest = divmod(rest, MINUTE_MS)
    seconds, thousandths = divmod(rest, SECOND_MS)
    return f"{hours:02}:{minutes:02}:{seconds:02}{point}{thousandths:03}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(text: str) -> str:
    return MARKED.sub(r"\\\1", text)


def _one_line(text: str) -> str:
    return " ".join(text.split())
