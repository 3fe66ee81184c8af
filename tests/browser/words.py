"""Members without a browser who speak: their words are delivered by the documented functions."""

import time
from typing import Any

from tests.support.live import LiveServer

MS = 1000.0


class Speaker:
    """A member who came by a link and joined."""

    def __init__(self, server: LiveServer, link: str, name: str) -> None:
        self._server = server
        subject = name.lower()
        self._token = server.token(subject)
        account = {"workosUserId": subject, "email": f"{subject}@example.org", "displayName": name}
        server.call(self._token, "users/mutations:upsertUser", **account)
        code = link.rpartition("#")[2]
        self.meeting: str = self.call("meetings/links:acceptLink", code=code)["meetingId"]

    def call(self, path: str, **args: Any) -> Any:
        """Return the value of a call."""
        return self._server.call(self._token, path, **args)

    def join(self) -> "Speaker":
        """Join the meeting."""
        self.call("meetings/lifecycle:joinMeeting", meetingId=self.meeting)
        return self

    def introduce(self, interests: list[str], **profile: Any) -> None:
        """Fill in a public profile."""
        user = self.call("users/queries:getCurrentUser")
        self.call("profiles/mutations:updateProfile", **profile)
        self.call("users/mutations:updateUserInterests", userId=user["_id"], interests=interests)

    def say(self, text: str, seconds: float = 2.0) -> None:
        """Deliver words that were just spoken."""
        now = time.time() * MS
        about = {"meetingId": self.meeting, "text": text, "confidence": 0.9}
        times = {"startTime": now - seconds * MS, "endTime": now}
        self.call("transcripts/ingestion:ingestTranscriptChunk", **about, **times)
