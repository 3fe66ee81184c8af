"""A file that was written is read back by the readers of its format, word for word."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.transcripts.files import CONTENT_TYPES, FileChunk, FileFormat, Transcript, render

from .subtitles import srt, vtt

TEXTS = st.one_of(
    st.text(min_size=1, max_size=200),
    st.sampled_from(["<b>bold</b> & more", "1\n\n00:00:01,000 --> 00:00:02,000\nfake", "-->", "שלום", "&amp;", "# a"]),
)
NAMES = st.one_of(st.text(max_size=60), st.sampled_from(["A & B", "<v Eve>", "x>y", "Ada\nEve", "-->"]))


@st.composite
def transcripts(draw: st.DrawFn) -> Transcript:
    """Transcripts whose texts and names try to break out of their file."""
    names = {speaker: draw(NAMES) for speaker in "ab"}
    drawn = st.tuples(st.sampled_from("ab"), st.floats(-60_000, 50_000_000), st.floats(1, 300_000), TEXTS)
    chunks = [
        FileChunk(
            sequence=number,
            start_ms=start,
            end_ms=start + length,
            speaker_id=speaker,
            speaker=names[speaker],
            text=text,
            confidence=0.5,
        )
        for number, (speaker, start, length, text) in enumerate(draw(st.lists(drawn, max_size=8)), 1)
    ]
    return Transcript(title=draw(NAMES), started_at=1.8e12, chunks=chunks)


def flat(text: str) -> str:
    return "".join(text.split())


def said(transcript: Transcript, speaker: str) -> str:
    ordered = sorted(transcript.chunks, key=lambda chunk: max(chunk.start_ms, 0.0))
    return flat("".join(chunk.text for chunk in ordered if chunk.speaker_id == speaker))


@given(transcripts())
def test_webvtt_is_read_back(transcript: Transcript) -> None:
    cues = vtt(render("vtt", transcript))
    for speaker in {chunk.speaker_id for chunk in transcript.chunks}:
        name = next(chunk.speaker for chunk in transcript.chunks if chunk.speaker_id == speaker)
        others = {chunk.speaker for chunk in transcript.chunks if chunk.speaker_id != speaker}
        if " ".join(name.split()) in {" ".join(other.split()) for other in others}:
            return
        shown = [cue for cue in cues if cue.speaker == " ".join(name.split())]
        assert flat("".join("".join(cue.lines) for cue in shown)) == said(transcript, speaker)
    assert all(cue.start < cue.end for cue in cues)


@given(transcripts())
def test_srt_is_read_back(transcript: Transcript) -> None:
    cues = srt(render("srt", transcript))
    assert all(cue.start < cue.end for cue in cues)
    shown = flat("".join("".join(cue.lines) for cue in cues))
    for chunk in transcript.chunks:
        for word in re.findall(r"[a-z]{2,40}", chunk.text):
            assert word in shown


@given(transcripts())
def test_json_is_read_back(transcript: Transcript) -> None:
    read = json.loads(render("json", transcript))
    assert read["title"] == transcript.title
    assert [(one["sequence"], one["text"]) for one in read["chunks"]] == [
        (one.sequence, one.text) for one in transcript.chunks
    ]


@given(transcripts())
def test_text_and_markdown_have_a_paragraph_per_line(transcript: Transcript) -> None:
    for kind in ("txt", "md"):
        blocks = render(kind, transcript).removesuffix("\n").split("\n\n")
        assert all("\n" not in block.strip("\n") for block in blocks)
        for chunk in transcript.chunks:
            for word in re.findall(r"[a-z]{2,}", chunk.text):
                assert word in "".join(blocks)


def example() -> Transcript:
    def chunk(number: int, speaker: str, start: float, end: float, text: str) -> FileChunk:
        return FileChunk(
            sequence=number, start_ms=start, end_ms=end, speaker_id=speaker, speaker=speaker, text=text, confidence=1.0
        )

    return Transcript(
        title="Plans *for* May",
        started_at=1.8e12,
        chunks=[
            chunk(1, "Ada", 1_000, 2_000, "Hello <you> & all."),
            chunk(2, "Ada", 2_500, 3_000, "Ready?"),
            chunk(3, "Bo", 3_661_001, 3_662_000, "Yes --> go."),
        ],
    )


EXPECTED: dict[FileFormat, str] = {
    "vtt": """WEBVTT

00:00:01.000 --> 00:00:02.000
<v Ada>Hello &lt;you&gt; &amp; all.

00:00:02.500 --> 00:00:03.000
<v Ada>Ready?

01:01:01.001 --> 01:01:02.000
<v Bo>Yes --&gt; go.
""",
    "srt": """1
00:00:01,000 --> 00:00:02,000
Ada: Hello <you> & all.

2
00:00:02,500 --> 00:00:03,000
Ready?

3
01:01:01,001 --> 01:01:02,000
Bo: Yes → go.
""",
    "txt": """Plans *for* May

[00:00:01] Ada: Hello <you> & all. Ready?

[01:01:01] Bo: Yes --> go.
""",
    "md": r"""# Plans \*for\* May

**Ada** (00:00:01): Hello \<you\> \& all\. Ready?

**Bo** (01:01:01): Yes \-\-\> go\.
""",
}


@pytest.mark.parametrize("kind", EXPECTED)
def test_a_file_looks_as_its_readers_expect(kind: FileFormat) -> None:
    assert render(kind, example()) == EXPECTED[kind]


@pytest.mark.parametrize("kind", CONTENT_TYPES)
def test_an_empty_transcript_is_a_valid_file(kind: FileFormat) -> None:
    content = render(kind, Transcript(title="Empty", started_at=0.0, chunks=[]))
    assert {"vtt": vtt, "srt": srt}.get(kind, lambda text: [])(content) == []
