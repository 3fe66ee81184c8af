"""The interface of engines that turn speech into words.

Audio is 16-bit little-endian mono PCM at 16 kHz. Positions count samples from the first one that an ear was fed.

Guarantees of every engine:
    Results of an ear come in the order of speech, and each position is settled once.
    Interim words end before the final words of the same speech are given.
    An ear that was closed gives no results.
"""

import math
from collections.abc import Callable
from typing import Literal, Protocol, TypeAlias

import msgspec

from connvo.kernel.part_health import PartHealth
from connvo.rules.transcripts.guards import Doubt

SAMPLE_RATE = 16_000
SAMPLE_BYTES = 2
MS = 1000.0
SAMPLES_PER_MS = SAMPLE_RATE / MS
# The confidence of an engine that states none.
UNKNOWN_CONFIDENCE = 0.5

# Its process ended, it is too slow, it cannot be reached, it has no time, it refuses us, or its answer is none.
Cause: TypeAlias = Literal["dead", "slow", "away", "busy", "refused", "nonsense"]


class EngineError(Exception):
    """A failure of an engine. `retry_after` is in seconds, if the engine says so.

    `again`: the same audio may succeed later; otherwise this audio is what the engine cannot deal with.
    """

    def __init__(self, cause: Cause, message: str, again: bool = True, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.cause = cause
        self.again = again
        self.retry_after = retry_after


class Partial(msgspec.Struct, frozen=True):
    """Words of an utterance that goes on; they may still change."""

    start: int
    end: int
    text: str
    confidence: float = UNKNOWN_CONFIDENCE
    language: str | None = None


class Final(msgspec.Struct, frozen=True):
    """The words of an utterance; the text is empty if nothing was said, or if there is a `doubt` about it."""

    start: int
    end: int
    text: str
    confidence: float = UNKNOWN_CONFIDENCE
    language: str | None = None
    doubt: Doubt | None = None


class Broken(msgspec.Struct, frozen=True):
    """An utterance that the engine failed at, more than once: its words are lost."""

    start: int
    end: int
    cause: Cause


class Quiet(msgspec.Struct, frozen=True):
    """No speech before this position is without a result."""

    until: int


Result: TypeAlias = Partial | Final | Broken | Quiet
Deliver: TypeAlias = Callable[[Result], None]


class Outage(msgspec.Struct, frozen=True):
    """A time in which an engine recognises nothing: until `until`, by the monotonic clock in seconds."""

    cause: Cause
    until: float


class Ear(Protocol):
    """One speaker's stream of audio."""

    async def feed(self, samples: bytes) -> None:
        """Hear more audio; return once there is room for more.

        Raises:
            EngineError: The engine cannot hear now; the ear is of no more use.
        """
        ...

    def cut(self) -> None:
        """End the utterance that goes on: the audio that comes next was not spoken directly after it."""
        ...

    async def flush(self) -> None:
        """End the utterance that goes on; return when everything that was fed has its results."""
        ...

    def close(self) -> None:
        """Give no more results."""
        ...


class SpeechEngine(Protocol):
    """An engine. `languages` are primary tags such as `en`, empty for any; `interim`: it gives partial results."""

    name: str
    languages: frozenset[str]
    interim: bool

    async def start(self) -> None:
        """Prepare the engine; it may become ready later."""
        ...

    async def stop(self) -> None:
        """End everything that belongs to the engine."""
        ...

    def health(self) -> PartHealth:
        """Return whether the engine works, and its state in words."""
        ...

    @property
    def lag(self) -> float:
        """The age of the oldest finished utterance without its words, in seconds."""
        ...

    @property
    def outage(self) -> Outage | None:
        """The time in which nothing is recognised, None if the engine may be used."""
        ...

    def on_outage(self, called: Callable[[Outage], None]) -> None:
        """Call a function when an outage begins."""
        ...

    async def open(self, language: str | None, deliver: Deliver) -> Ear:
        """Return an ear for one speaker of a language; None lets the engine find out.

        Raises:
            EngineError: The engine cannot hear now.
        """
        ...


class Transcription(msgspec.Struct, frozen=True, kw_only=True):
    """The words that a recogniser found in an utterance, with its own doubts if it states them."""

    text: str
    language: str | None = None
    no_speech: float | None = None
    log_probability: float | None = None

    @property
    def confidence(self) -> float:
        """The mean probability of a word, or a value between if the engine states none."""
        if self.log_probability is None or not math.isfinite(self.log_probability):
            return UNKNOWN_CONFIDENCE
        return math.exp(min(self.log_probability, 0.0))


class Recogniser(Protocol):
    """The part of an engine that turns one utterance into words; `slots` utterances at a time."""

    name: str
    languages: frozenset[str]
    interim: bool
    slots: int

    async def start(self) -> None:
        """Prepare the recogniser."""
        ...

    async def stop(self) -> None:
        """End it."""
        ...

    def health(self) -> PartHealth:
        """Return whether it works, and its state in words."""
        ...

    async def recognise(self, samples: bytes, language: str | None) -> Transcription:
        """Return the words in an utterance.

        Raises:
            EngineError: There is no answer, or none that makes sense.
        """
        ...
