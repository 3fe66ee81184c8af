"""People of a meeting who speak: their words are delivered by the documented functions."""

from typing import Any

from connvo.schema.transcripts import Caption, Chunk, Segment, TranscriptTotals

from .backend import Backend, Caller
from .scene import Scene

INGEST = "transcripts/ingestion:ingestTranscriptChunk"
CHUNKS = "transcripts/ingestion:getTranscriptChunks"
STATS = "transcripts/ingestion:getTranscriptStats"
STREAM = "realtime/subscriptions:subscribeTranscriptStream"
SEGMENTS = "transcripts/queries:getTranscriptSegments"
SECOND = 1000.0


class Talk(Scene):
    """An active meeting whose host and guest are in. `zero` is a moment at which both may speak."""

    def __init__(self, backend: Backend) -> None:
        super().__init__(backend)
        self.start()
        self.join(self.host, self.guest)
        self.backend.advance(30)
        self.zero = self.backend.now_ms - 20 * SECOND

    def words(self, text: str = "Hello", at: float = 0.0, seconds: float = 1.0, **more: Any) -> dict[str, Any]:
        """Return the arguments of a chunk that begins `at` seconds after zero."""
        start = self.zero + at * SECOND
        times = {"startTime": start, "endTime": start + seconds * SECOND}
        return {"meetingId": self.meeting_id, "text": text, "confidence": 0.9, **times, **more}

    def say(self, person: Caller, text: str = "Hello", at: float = 0.0, seconds: float = 1.0, **more: Any) -> Any:
        """Return the answer to a chunk of a person."""
        return person.call(INGEST, **self.words(text, at, seconds, **more))

    def stream(self, person: Caller, **more: Any) -> Any:
        """Return the live transcript as a person sees it."""
        return person.call(STREAM, meetingId=self.meeting_id, **more)

    def seen(self, person: Caller) -> list[tuple[str, bool]]:
        """Return the texts that a person sees, each with whether it is interim."""
        return [(one["text"], one.get("isInterim", False)) for one in self.stream(person)["transcripts"]]

    def chunks(self) -> list[Chunk]:
        """Return the stored chunks in order."""
        return self.backend.read(lambda db: db.scan(Chunk, "by_sequence", self.meeting_id))

    def segments(self) -> list[Segment]:
        """Return the stored segments in order."""
        return self.backend.read(lambda db: db.scan(Segment, "by_start", self.meeting_id))

    def captions(self) -> list[Caption]:
        """Return the captions that are shown."""
        return self.backend.read(lambda db: db.scan(Caption, "by_speaker", self.meeting_id))

    def totals(self) -> TranscriptTotals:
        """Return the counters."""
        found = self.backend.read(lambda db: db.first(TranscriptTotals, "by_meeting", self.meeting_id))
        assert found is not None
        return found
