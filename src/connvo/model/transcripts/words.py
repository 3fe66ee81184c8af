"""Words as a client or a recogniser delivers them, and as they are stored."""

import msgspec

from connvo.rules.transcripts import chunks
from connvo.rules.transcripts.chunks import Span


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """Words that passed the checks."""

    text: str
    confidence: float
    span: Span
    language: str | None = None


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """Words as they were delivered. The fields are the wire names of the times, for errors."""

    text: str
    confidence: float
    start: float
    end: float
    language: str | None = None
    interim: bool = False
    start_field: str = "startTime"
    end_field: str = "endTime"

    def checked(self) -> Words:
        """Return the words to store.

        Raises:
            Invalid: A value is out of its bounds.
        """
        return Words(
            text=chunks.chunk_text(self.text),
            confidence=chunks.confidence_of(self.confidence),
            span=chunks.span_of(self.start, self.end, self.start_field, self.end_field),
            language=chunks.language_of(self.language),
        )

    def check_within(self, words: Words, began: float, now: float) -> None:
        """Check the times against those of the meeting.

        Raises:
            Invalid: The words lie outside of the meeting.
        """
        chunks.check_within(words.span, began, now, self.start_field, self.end_field)
