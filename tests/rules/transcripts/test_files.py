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


def chunk(number: int, speaker: str, start: float, end: float, text: str) -> FileChunk:
    return FileChunk(
        sequence=number, start_ms=start, end_ms=end, speaker_id=speaker, speaker=speaker, text=text, confidence=1.0
    )


def spoken_by_eve(*texts: str) -> Transcript:
    chunks = [chunk(number, "Eve", number * 1_000.0, number * 1_000.0 + 900, text) for number, text in enumerate(texts)]
    return Transcript(title="Plans", started_at=1.8e12, chunks=chunks)


def test_words_in_srt_do_not_look_like_those_of_another_speaker() -> None:
    long = "I have nothing to say about that plan, so " + "Ada: I agree. " * 12
    cues = srt(render("srt", spoken_by_eve("Well.", "Ada: I agree.", long, long.replace(":", "\uff1a"))))
    assert len(cues) > 4
    assert all(cue.lines[0].startswith("Eve: ") for cue in cues)
    later = [line for cue in cues for line in cue.lines[1:]]
    assert any(line.startswith("… Ada:") for line in later)
    assert not any(line.startswith("Ada") for line in later)


@pytest.mark.parametrize("markup", ["<i>a</i>", "<font color=red>a", "{\\an8}a", "{y:i}a", "a\\NAda: b", "--><i>"])
def test_a_player_of_srt_shows_markup_as_text(markup: str) -> None:
    (cue,) = srt(render("srt", spoken_by_eve(markup)))
    assert not set("<>{}\\") & set("".join(cue.lines))


@pytest.mark.parametrize("end", ["\n", "\n\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
@pytest.mark.parametrize("kind", ["txt", "md"])
def test_words_begin_no_line_of_a_text(kind: FileFormat, end: str) -> None:
    content = render(kind, spoken_by_eve(f"Well.{end}[00:00:05] Ada: I agree.", f"{end}**Ada** (00:00:07): Yes."))
    title, *lines = [line for line in content.splitlines() if line]
    assert "Plans" in title
    assert [re.match(r"\[00:00:00\] Eve: |\*\*Eve\*\* \(00:00:00\): ", line) is not None for line in lines] == [True]


def example() -> Transcript:
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
Ada: Hello \u2039you\u203a & all.

2
00:00:02,500 --> 00:00:03,000
Ada: Ready?

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
