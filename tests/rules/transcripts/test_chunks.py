"""A chunk is taken only if its text, times, confidence and language can be true."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.kernel.errors import Invalid
from connvo.rules.transcripts import chunks
from connvo.rules.transcripts.chunks import BUCKET_MS, MAX_CHUNK_MS, MAX_SKEW_MS, TEXT_LENGTH, Span

NOW = 1_800_000_000_000.0


@given(st.text())
def test_a_text_is_stored_trimmed_and_visible_or_refused(value: str) -> None:
    try:
        stored = chunks.chunk_text(value)
    except Invalid as error:
        refused = error.metadata
    else:
        refused = {}
        assert chunks.chunk_text(stored) == stored == stored.strip()
        assert 1 <= len(stored) <= TEXT_LENGTH
        assert "\x00" not in stored
    assert refused.get("field", "text") == "text"


def test_the_longest_text_is_taken_and_a_longer_one_is_not() -> None:
    assert chunks.chunk_text("x" * TEXT_LENGTH) == "x" * TEXT_LENGTH
    for text in ("", "  \n", "\u200b", "\x00", "x" * (TEXT_LENGTH + 1)):
        with pytest.raises(Invalid):
            chunks.chunk_text(text)


def test_markup_stays_text_and_right_to_left_text_stays_as_it_is() -> None:
    for text in ("<script>alert(1)</script>", "שלום, מה שלומך?", "a & b -->"):
        assert chunks.chunk_text(f" {text}\x00 ") == text


@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan, math.inf, -math.inf])
def test_a_confidence_beyond_0_and_1_is_refused(value: float) -> None:
    with pytest.raises(Invalid) as refused:
        chunks.confidence_of(value)
    assert refused.value.metadata["field"] == "confidence"


@given(st.floats(), st.floats())
def test_times_are_finite_and_at_most_five_minutes_apart(start: float, end: float) -> None:
    good = math.isfinite(start) and math.isfinite(end) and start < end <= start + MAX_CHUNK_MS
    if good and end - start <= MAX_CHUNK_MS:
        assert chunks.span_of(start, end, "startTime", "endTime") == Span(start, end)
        return
    with pytest.raises(Invalid) as refused:
        chunks.span_of(start, end, "startTime", "endTime")
    assert refused.value.metadata["field"] in ("startTime", "endTime")


@given(st.integers(-100_000, 10_000_000), st.integers(1, 300_000))
def test_a_chunk_lies_within_its_meeting_but_for_a_minute(start: int, length: int) -> None:
    began, now = NOW - 9_000_000.0, NOW
    span = Span(began + start, began + start + length)
    inside = span.start_ms >= began - MAX_SKEW_MS and span.end_ms <= now + MAX_SKEW_MS
    if inside:
        chunks.check_within(span, began, now, "startTime", "endTime")
        return
    with pytest.raises(Invalid) as refused:
        chunks.check_within(span, began, now, "startTime", "endTime")
    assert refused.value.metadata["serverTime"] == now


@pytest.mark.parametrize("tag", ["en", "EN", "pt-BR", "zh-Hant-TW", "sr-Latn", "klingon"])
def test_a_tag_is_kept_with_its_language_in_lower_case(tag: str) -> None:
    primary, *rest = tag.split("-")
    assert chunks.language_of(tag) == "-".join([primary.lower(), *rest])


@pytest.mark.parametrize("tag", ["", "e", "english language", "en_GB", "../..", "en-" + "x" * 40, "\x00", "日本"])
def test_an_invalid_tag_is_refused(tag: str) -> None:
    with pytest.raises(Invalid) as refused:
        chunks.language_of(tag)
    assert refused.value.metadata["field"] == "language"


@given(st.floats(0, 4e12))
def test_a_bucket_holds_five_minutes(at: float) -> None:
    bucket = chunks.bucket_of(at)
    assert bucket % BUCKET_MS == 0
    assert bucket <= at < bucket + BUCKET_MS


@pytest.mark.parametrize(
    ("text", "count"), [("one", 1), ("one two\nthree", 3), ("你好 world", 3), ("สวัสดี", 6), ("", 0), ("don't", 1)]
)
def test_words_are_counted_in_every_script(text: str, count: int) -> None:
    assert chunks.word_count(text) == count


def test_a_key_tells_chunks_apart_by_speaker_times_and_text() -> None:
    one = chunks.content_key("a", Span(1, 2), "x")
    assert one == chunks.content_key("a", Span(1.0, 2.0), "x")
    others = [("b", Span(1, 2), "x"), ("a", Span(1, 3), "x"), ("a", Span(0, 2), "x"), ("a", Span(1, 2), "y")]
    keys = {chunks.content_key(*other) for other in others} | {chunks.stream_key("a", "s", 1)}
    assert len(keys | {one}) == 6
