"""Limits of chunks: recognised pieces of one member's speech, with times in epoch milliseconds.

Each function returns the value to store, or raises Invalid with the wire name of the argument.
"""

import hashlib
import math
import re

import msgspec

from connvo.kernel import text
from connvo.kernel.durations import in_words
from connvo.kernel.errors import Invalid

MS = 1000.0
TEXT_LENGTH = 10_000
MAX_CHUNK_MS = 300_000.0
BUCKET_MS = 300_000.0
# The difference that clocks of clients may have.
MAX_SKEW_MS = 60_000.0
# A tag of BCP 47, such as `en`, `pt-BR` or `zh-Hant-TW`.
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}")
LANGUAGE_LENGTH = 35
# Characters of scripts without spaces between words, in a row; each of them counts as a word.
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]+"
)


class Span(msgspec.Struct, frozen=True):
    """The time of a piece of speech."""

    start_ms: float
    end_ms: float

    @property
    def length_ms(self) -> float:
        """The duration."""
        return self.end_ms - self.start_ms


def chunk_text(value: str) -> str:
    """Return the text of a chunk without surrounding space and invisible characters.

    Raises:
        Invalid: It does not have 1 to 10,000 visible characters.
    """
    return text.paragraph(value, "text", TEXT_LENGTH, least=1, name="The spoken text")


def confidence_of(value: float) -> float:
    """Return the confidence of a recogniser.

    Raises:
        Invalid: It is not between 0 and 1.
    """
    if not 0 <= value <= 1:
        raise Invalid("Confidence needs to be between 0 and 1", "confidence", minimum=0, maximum=1)
    return value


def span_of(start: float, end: float, start_field: str, end_field: str) -> Span:
    """Return the time of a chunk.

    Raises:
        Invalid: A time is not finite, the end is not after the start, or more than five minutes after it.
    """
    for value, field in ((start, start_field), (end, end_field)):
        if not math.isfinite(value):
            raise Invalid("A time needs to be a number", field)
    if end <= start:
        raise Invalid("A chunk needs to end after its start", end_field)
    if end - start > MAX_CHUNK_MS:
        most = in_words(MAX_CHUNK_MS / MS)
        raise Invalid(f"A chunk lasts at most {most}: split it", end_field, maximum=MAX_CHUNK_MS)
    return Span(start, end)


def check_within(span: Span, began: float, now: float, start_field: str, end_field: str) -> None:
    """Check that a chunk lies between the start of its meeting and now, except for a difference of clocks.

    Raises:
        Invalid: It does not; metadata has the server's time, so that a client can correct its clock.
    """
    if span.start_ms < began - MAX_SKEW_MS:
        raise Invalid("A chunk cannot begin before its meeting: check your clock", start_field, serverTime=now)
    if span.end_ms > now + MAX_SKEW_MS:
        raise Invalid("A chunk cannot end in the future: check your clock", end_field, serverTime=now)


def language_of(value: str | None) -> str | None:
    """Return a language tag with its language in lower case, or None if absent.

    Raises:
        Invalid: It does not have the form of a language tag.
    """
    if value is None:
        return None
    if len(value) > LANGUAGE_LENGTH or LANGUAGE.fullmatch(value) is None:
        raise Invalid("Language needs to be a tag such as en or pt-BR", "language")
    primary, dash, rest = value.partition("-")
    return primary.lower() + dash + rest


def bucket_of(at_ms: float) -> float:
    """Return the start of the five minutes in which a time lies."""
    return math.floor(at_ms / BUCKET_MS) * BUCKET_MS


def word_count(value: str) -> int:
    """Return the number of words; in scripts without spaces, of their characters."""
    unspaced = sum(map(len, UNSPACED.findall(value)))
    return unspaced + len(UNSPACED.sub(" ", value).split())


def content_key(speaker: str, span: Span, value: str) -> str:
    """Return the key of a chunk: the same for the same speaker, times and text."""
    content = msgspec.json.encode([speaker, float(span.start_ms), float(span.end_ms), value])
    return "content:" + hashlib.sha256(content).hexdigest()


def stream_key(speaker: str, stream: str, first: int) -> str:
    """Return the key of a chunk that was recognised in a stream of audio: its first frame identifies it."""
    return f"stream:{speaker}:{stream}:{first}"


def is_of_stream(key: str, speaker: str, stream: str) -> bool:
    """Return whether a chunk with this key was recognised in a stream of audio."""
    return key.startswith(stream_key(speaker, stream, 0).removesuffix("0"))


def covers(stored: Span, span: Span) -> bool:
    """Return whether two pieces of one speaker's speech share more than half of the shorter one."""
    shared = min(stored.end_ms, span.end_ms) - max(stored.start_ms, span.start_ms)
    return shared > min(stored.length_ms, span.length_ms) / 2
