"""A meeting in which something was said and written, and the search for it."""

from typing import Any

from connvo.model.embeddings import pipeline
from connvo.schema.embeddings import Embedding, EmbeddingTask, Passage
from connvo.schema.notes import MeetingNotes

from .backend import Backend, Caller
from .speech import Talk

SEARCH = "embeddings/search:searchText"
SIMILAR = "embeddings/queries:vectorSimilaritySearch"
GENERATE = "embeddings/actions:generateEmbedding"
ONE = "embeddings/queries:getEmbedding"
BY_SOURCE = "embeddings/queries:getEmbeddingsBySource"
BY_MODEL = "embeddings/queries:getEmbeddingsByModel"
META = "embeddings/queries:getVectorIndexMeta"
ANALYTICS = "embeddings/queries:getEmbeddingAnalytics"
PAGE = {"numItems": 100, "cursor": None}
# Longer than any text waits, and several sweeps.
LATER = 40.0


class Library(Talk):
    """An active meeting with a title, a chat, notes and a transcript, and an operator beside it."""

    def __init__(self, backend: Backend) -> None:
        super().__init__(backend)
        self.operator = backend.sign_in("olga", operator=True)

    def write_chat(self, person: Caller, text: str) -> None:
        """Send a message."""
        person.call("meetings/chat:sendMessage", meetingId=self.meeting_id, text=text)

    def write_notes(self, person: Caller, text: str, position: float = 0) -> None:
        """Insert a text into the notes."""
        operation = {"type": "insert", "position": position, "content": text}
        path = "notes/mutations:applyNoteOperation"
        head = self.backend.read(lambda db: db.first(MeetingNotes, "by_meeting", self.meeting_id))
        assert head is not None
        person.call(path, meetingId=self.meeting_id, operation=operation, clientSequence=head.sequence)

    def write_profile(self, person: Caller, **fields: Any) -> str:
        """Fill in a profile; return its id."""
        profile_id: str = person.call("profiles/mutations:updateProfile", **fields)
        return profile_id

    def settle(self) -> None:
        """Have everything made that is due."""
        for _ in range(4):
            self.backend.advance(LATER / 4)

    def find(self, person: Caller, text: str, **filters: Any) -> list[dict[str, Any]]:
        """Return the passages that a person finds."""
        found: list[dict[str, Any]] = person.call(SEARCH, text=text, **filters)["results"]
        return found

    def kinds(self, person: Caller, text: str, **filters: Any) -> set[str]:
        """Return the kinds of the passages that a person finds."""
        return {one["kind"] for one in self.find(person, text, **filters)}

    def vectors(self) -> list[Embedding]:
        """Return every stored vector."""
        return self.backend.read(lambda db: db.scan(Embedding, "by_creation"))

    def passages(self) -> list[Passage]:
        """Return every stored passage."""
        return self.backend.read(lambda db: db.scan(Passage, "by_creation"))

    def tasks(self) -> list[EmbeddingTask]:
        """Return every task."""
        return self.backend.read(lambda db: db.scan(EmbeddingTask, "by_creation"))

    def run(self, function: Any, **arguments: Any) -> Any:
        """Run a function of the server itself."""
        return self.backend.run(self.backend.runtime.call(function, **arguments))

    def claim(self) -> Any:
        """Claim what is due."""
        return self.run(pipeline.claim_sources)
