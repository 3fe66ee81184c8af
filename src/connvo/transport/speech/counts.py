"""The figures about speech, for metrics and alerts."""

import structlog

from connvo.providers.speech.base import SAMPLE_RATE, Broken, Final
from connvo.telemetry.instruments import (
    SPEECH_DELAY_SECONDS,
    SPEECH_PAUSES,
    SPEECH_SECONDS,
    Instrument,
    Measured,
    Measurement,
)

from .messages import PauseReason

log = structlog.get_logger()
MS = 1000.0
# A meeting that hears so much speech and gets no words needs the operator's attention.
ALERT_SECONDS = 60.0


class Counts:
    """The counters, with the seconds of speech of each meeting since its last words."""

    def __init__(self, measured: Measured) -> None:
        self._measured = measured
        self._without_words: dict[str, float] = {}

    def heard(self, seconds: float) -> None:
        """Count audio that was taken."""
        self._measure(SPEECH_SECONDS, seconds, "heard")

    def paused(self, reason: PauseReason) -> None:
        """Count a pause."""
        self._measure(SPEECH_PAUSES, 1.0, reason)

    def decoded(self, meeting_id: str, final: Final) -> None:
        """Count an utterance that has its words, or was found to have none."""
        seconds = (final.end - final.start) / SAMPLE_RATE
        self._measure(SPEECH_SECONDS, seconds, "decoded" if final.text else "dropped")
        if final.text:
            self.forget(meeting_id)
        else:
            self._miss(meeting_id, seconds)

    def lost(self, meeting_id: str, broken: Broken) -> None:
        """Count an utterance whose words are lost."""
        seconds = (broken.end - broken.start) / SAMPLE_RATE
        log.warning("speech_lost", cause=broken.cause, seconds=round(seconds, 1))
        self._measure(SPEECH_SECONDS, seconds, "dropped")
        self._miss(meeting_id, seconds)

    def taken(self, taken: str, delay_ms: float) -> None:
        """Count words that were stored or shown, and how long after they were said."""
        if taken != "refused":
            self._measure(SPEECH_DELAY_SECONDS, max(delay_ms, 0.0) / MS, taken)

    def forget(self, meeting_id: str) -> None:
        """Begin to count the speech of a meeting without words again."""
        self._without_words.pop(meeting_id, None)

    def _miss(self, meeting_id: str, seconds: float) -> None:
        before = self._without_words.get(meeting_id, 0.0)
        self._without_words[meeting_id] = before + seconds
        if before < ALERT_SECONDS <= before + seconds:
            log.error("speech_without_words", seconds=ALERT_SECONDS)

    def _measure(self, instrument: Instrument, value: float, label: str) -> None:
        self._measured([Measurement(instrument, value, (label,))])
