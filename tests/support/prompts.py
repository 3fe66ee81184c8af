"""People of a meeting with profiles and interests, and the prompts that they see."""

from typing import Any

from connvo.schema.prompts import Prompt

from .backend import Backend, Caller
from .speech import Talk

GENERATE = "prompts/actions:generatePreCallIdeas"
IDEAS = "prompts/queries:getPreCallPrompts"
NUDGES = "prompts/queries:getInCallPrompts"
LIVE = "prompts/queries:subscribeToInCallPrompts"
RATE = "prompts/mutations:updatePromptFeedback"
LOOK_SECONDS = 5.0
HEARTBEAT_SECONDS = 20.0


def ideas(person: Caller, meeting_id: str, **more: Any) -> list[dict[str, Any]]:
    """Returns the ideas that a person sees."""
    found: list[dict[str, Any]] = person.call(IDEAS, meetingId=meeting_id, **more)
    return found


def kinds(found: list[dict[str, Any]]) -> list[str]:
    """Returns the kinds of prompts, which are their first tags."""
    return [one["tags"][0] for one in found]


def introduce(person: Caller, interests: list[str] | None = None, **profile: Any) -> None:
    """Fills in a person's profile and interests."""
    person.call("profiles/mutations:updateProfile", **profile)
    if interests is not None:
        person.call("users/mutations:updateUserInterests", userId=person.user_id, interests=interests)


def stored(backend: Backend) -> list[Prompt]:
    """Returns all prompts, the oldest first."""
    return backend.read(lambda db: db.scan(Prompt, "by_creation"))


class Hinted(Talk):
    """A call of a host and a guest who are both heard, in which time passes in steps of the sweep."""

    def __init__(self, backend: Backend) -> None:
        super().__init__(backend)
        self._unseen = 0.0
        for person in (self.host, self.guest):
            self.say_now(person, "Good morning.")

    def say_now(self, person: Caller, text: str, seconds: float = 1.0) -> Any:
        """Delivers words that a person has just spoken."""
        end = self.backend.now_ms
        times = {"startTime": end - seconds * 1000, "endTime": end}
        about = {"meetingId": self.meeting_id, "text": text, "confidence": 0.9}
        return person.call("transcripts/ingestion:ingestTranscriptChunk", **about, **times)

    def wait(self, seconds: float) -> None:
        """Lets time pass in steps of the sweep, with a heartbeat of both often enough to stay."""
        left = seconds
        while left > 0:
            step = min(left, LOOK_SECONDS)
            self.backend.advance(step)
            left -= step
            self._unseen += step
            if self._unseen >= HEARTBEAT_SECONDS:
                self._unseen = 0.0
                for person in (self.host, self.guest):
                    self.connected(person)

    def connected(self, person: Caller) -> None:
        """Renews the heartbeat of a person."""
        person.call("meetings/webrtc/signaling:getPendingSignals", meetingId=self.meeting_id)

    def nudges(self, person: Caller, **more: Any) -> list[dict[str, Any]]:
        """Returns the nudges that a person sees."""
        found: list[dict[str, Any]] = person.call(NUDGES, meetingId=self.meeting_id, **more)
        return found

    def seen(self, person: Caller) -> list[str]:  # type: ignore[override]
        """Returns the kinds of the nudges that a person sees."""
        return kinds(self.nudges(person))
