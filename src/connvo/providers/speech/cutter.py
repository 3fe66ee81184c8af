"""The utterances of one stream, from the probabilities of speech in its windows and the pauses that are known."""

from collections import deque

from connvo.rules.transcripts import utterances
from connvo.rules.transcripts.utterances import BEFORE_WINDOWS, BEGIN_WINDOWS, Cutting, Silence, Speaking, Utterance

KEPT_WINDOWS = BEFORE_WINDOWS + BEGIN_WINDOWS


class Cutter:
    """The state between two windows."""

    def __init__(self) -> None:
        self._state: Cutting = Silence()
        self._recent: tuple[float, ...] = ()
        self._cuts: deque[int] = deque()

    @property
    def settled(self) -> int:
        """The window before which no later utterance begins."""
        return utterances.settled(self._state)

    @property
    def speaking(self) -> Utterance | None:
        """The utterance that goes on, as far as it was heard."""
        return utterances.so_far(self._state) if isinstance(self._state, Speaking) else None

    @property
    def is_cutting(self) -> bool:
        """Return whether windows before a cut are still to be heard."""
        return bool(self._cuts)

    def hear(self, probability: float) -> list[Utterance]:
        """Take the probability of the next window; return the utterances that ended."""
        ended = self._due()
        self._state, utterance = utterances.heard(self._state, probability, self._recent)
        self._recent = (*self._recent, probability)[-KEPT_WINDOWS:]
        if utterance is not None:
            ended.append(utterance)
        return ended + self._due()

    def cut(self, at: int) -> list[Utterance]:
        """End the utterance that goes on at a window, once that is reached; return it if it is."""
        self._cuts.append(at)
        return self._due()

    def restart(self, at: int) -> None:
        """Hear the windows from one on again."""
        self._state, self._recent = Silence(at, at), ()

    def _due(self) -> list[Utterance]:
        ended: list[Utterance] = []
        while self._cuts and self._state.position >= self._cuts[0]:
            self._cuts.popleft()
            self._state, utterance = utterances.finished(self._state)
            self._recent = ()
            if utterance is not None:
                ended.append(utterance)
        return ended
