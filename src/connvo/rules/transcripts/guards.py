"""Guards against text that a recogniser made up: loops, impossible speed, no letters, silence.

Recognisers trained on subtitles write phrases over silence and music, and repeat themselves when they lose the thread.
"""

from typing import Literal, TypeAlias

import msgspec

from .chunks import word_count
from .folding import fold

Doubt: TypeAlias = Literal["too_short", "no_letters", "too_fast", "repeated", "silence"]

MS = 1000.0
MIN_SPEECH_MS = 250.0
MAX_WORDS_PER_SECOND = 8.0
# A group of words said this often in a row is a loop. People do say one word three times: "no, no, no".
MAX_TIMES = 3
MAX_TIMES_ONE_WORD = 6
MAX_GROUP = 20
MAX_NO_SPEECH = 0.6
MIN_LOG_PROBABILITY = -1.0


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """A recogniser's answer to some milliseconds of speech, with its own doubts if it states them."""

    text: str
    speech_ms: float
    no_speech: float | None = None
    log_probability: float | None = None


def doubt(heard: Heard) -> Doubt | None:
    """Return the reason to drop an answer, or None to believe it."""
    if heard.speech_ms < MIN_SPEECH_MS:
        return "too_short"
    if not any(char.isalpha() for char in heard.text):
        return "no_letters"
    if word_count(heard.text) > MAX_WORDS_PER_SECOND * max(heard.speech_ms / MS, 1.0):
        return "too_fast"
    if is_loop(heard.text):
        return "repeated"
    if (heard.no_speech or 0.0) > MAX_NO_SPEECH and (heard.log_probability or 0.0) < MIN_LOG_PROBABILITY:
        return "silence"
    return None


def is_loop(text: str) -> bool:
    """Return whether a text says a group of words three times in a row, or one word six times."""
    words = ["".join(char for char in word if char.isalnum()) for word in fold(text).split()]
    words = [word for word in words if word]
    for size in range(1, min(MAX_GROUP, len(words) // MAX_TIMES) + 1):
        times = MAX_TIMES_ONE_WORD if size == 1 else MAX_TIMES
        if _longest_echo(words, size) >= size * (times - 1):
            return True
    return False


def _longest_echo(words: list[str], distance: int) -> int:
    """Return how many words in a row equal the word `distance` before them."""
    longest = run = 0
    for position in range(distance, len(words)):
        run = run + 1 if words[position] == words[position - distance] else 0
        longest = max(longest, run)
    return longest
