"""The cutting of a stream of audio into utterances, by the probability of speech in each window of it.

Recognisers that are asked about silence, hum or typing write words all the same; so they are asked about utterances
alone. A window is 32 ms of audio. All positions count windows from the start of the stream.
"""

from typing import TypeAlias

import msgspec

WINDOW_SAMPLES = 512
SAMPLE_RATE = 16_000
MS = 1000.0
WINDOW_MS = WINDOW_SAMPLES * MS / SAMPLE_RATE

BEGIN_ABOVE = 0.5
BEGIN_WINDOWS = 2
END_BELOW = 0.35
END_MS = 600.0
MAX_MS = 12_000.0
# An utterance that is too long is cut at the quietest window of its last part.
SEARCHED_MS = 4_000.0
# Consonants at the edges are quieter than what the detector takes for speech.
BEFORE_MS = 256.0
AFTER_MS = 192.0

END_WINDOWS = round(END_MS / WINDOW_MS)
MAX_WINDOWS = round(MAX_MS / WINDOW_MS)
SEARCHED_WINDOWS = round(SEARCHED_MS / WINDOW_MS)
BEFORE_WINDOWS = round(BEFORE_MS / WINDOW_MS)
AFTER_WINDOWS = round(AFTER_MS / WINDOW_MS)


class Utterance(msgspec.Struct, frozen=True):
    """The windows from `start` up to `end`, of which `spoken` are speech."""

    start: int
    end: int
    spoken: int

    @property
    def speech_ms(self) -> float:
        """The duration of the speech in it."""
        return self.spoken * WINDOW_MS


class Silence(msgspec.Struct, frozen=True):
    """The state between two utterances. `above` windows in a row are loud; windows before `free` are taken."""

    position: int = 0
    free: int = 0
    above: int = 0


class Speaking(msgspec.Struct, frozen=True):
    """The state in an utterance that began at `start`, with the probability of each of its windows so far."""

    start: int
    probabilities: tuple[float, ...]

    @property
    def position(self) -> int:
        """The number of windows heard."""
        return self.start + len(self.probabilities)


Cutting: TypeAlias = Silence | Speaking


def settled(state: Cutting) -> int:
    """Return the window before which no later utterance begins."""
    if isinstance(state, Speaking):
        return state.start
    return max(state.free, state.position - BEFORE_WINDOWS - state.above)


def so_far(state: Speaking) -> Utterance:
    """Return what was said of an utterance that has not ended."""
    return Utterance(state.start, state.position, _spoken(state.probabilities))


def heard(state: Cutting, probability: float, earlier: tuple[float, ...] = ()) -> tuple[Cutting, Utterance | None]:
    """Return the state after another window, and the utterance that it ended, if any.

    `earlier` are the probabilities of the windows just before, of which an utterance takes those that it begins with.
    """
    if isinstance(state, Silence):
        return _began(state, probability, earlier), None
    grown = Speaking(state.start, (*state.probabilities, probability))
    tail = grown.probabilities[-END_WINDOWS:]
    if len(grown.probabilities) > END_WINDOWS and max(tail) < END_BELOW:
        return _ended(grown)
    if len(grown.probabilities) >= MAX_WINDOWS:
        return _split(grown)
    return grown, None


def finished(state: Cutting) -> tuple[Silence, Utterance | None]:
    """Return the state after the end of the audio, and the utterance that was not complete, if any."""
    if isinstance(state, Silence):
        return Silence(state.position, max(state.free, state.position)), None
    return _ended(state)[0], Utterance(state.start, state.position, _spoken(state.probabilities))


def _began(state: Silence, probability: float, earlier: tuple[float, ...]) -> Cutting:
    position = state.position + 1
    above = state.above + 1 if probability >= BEGIN_ABOVE else 0
    if above < BEGIN_WINDOWS:
        return Silence(position, state.free, above)
    start = max(state.free, position - above - BEFORE_WINDOWS, 0)
    known = (*earlier, probability)[start - position :]
    # Windows whose probability is not known any more were silent.
    return Speaking(start, (0.0,) * (position - start - len(known)) + known)


def _ended(state: Speaking) -> tuple[Silence, Utterance]:
    last = max((at for at, one in enumerate(state.probabilities) if one >= END_BELOW), default=-1)
    end = min(state.start + last + 1 + AFTER_WINDOWS, state.position)
    free = state.position if end == state.position else end
    return Silence(state.position, free), Utterance(state.start, end, _spoken(state.probabilities))


def _split(state: Speaking) -> tuple[Speaking, Utterance]:
    first = len(state.probabilities) - SEARCHED_WINDOWS
    # The later one of equally quiet windows, so that the rest is short.
    at = max(range(first, len(state.probabilities)), key=lambda index: (-state.probabilities[index], index))
    said, rest = state.probabilities[:at], state.probabilities[at:]
    middle = state.start + at
    return Speaking(middle, rest), Utterance(state.start, middle, _spoken(said))


def _spoken(probabilities: tuple[float, ...]) -> int:
    return sum(one >= END_BELOW for one in probabilities)
