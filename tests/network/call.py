"""A call between two people, watched: when pictures are decoded, over which paths, and what the server decided."""

import time
from typing import Any, Self

from .meter import Meter
from .person import End, PageEnd

POLL_SECONDS = 0.1


class Call:
    """Two people in a call that Ada makes; `people`, when given, is for how many the meeting is planned."""

    def __init__(self, ada: PageEnd, ben: End, people: int | None = None) -> None:
        self._people = people
        self.ada = ada
        self.ben = ben
        self.meeting = ""
        self._joined_at = 0.0

    def __enter__(self) -> Self:
        try:
            self._meet()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.ada.close()
        self.ben.close()

    def flows(self) -> bool:
        """Return whether pictures come on both sides, and have come for a while."""
        return all(one.connected() and one.meter().flows(time.time()) for one in self._both)

    def wait_until_it_flows(self, seconds: float) -> bool:
        """Return whether pictures flow on both sides within this time."""
        until = time.time() + seconds
        while not self.flows():
            if time.time() > until:
                return False
            time.sleep(POLL_SECONDS)
        return True

    def silence(self, since: float) -> float:
        """Return for how many seconds since then there were no pictures, on the side where it was worse."""
        return max(meter.silence(since, time.time()) for meter in self._meters())

    def seconds_to_connect(self) -> float:
        """Return how long it took from coming in until both had seen each other."""
        return max(meter.first for meter in self._meters()) - self._joined_at

    def words(self) -> str:
        """Return how it is on the two sides."""
        return " / ".join(one.words() for one in self._both)

    def paths(self) -> set[str]:
        """Return the ways that media take, as both sides say: direct, or relay by udp, tcp or tls."""
        return {way for one in self._both for way in one.ways()}

    def rungs(self) -> list[str]:
        """Return the rungs that the server has decided on for the two, in their order."""
        people = self._ask("meetings/queries/listMeetingParticipants")
        events = [
            event for one in people for event in self._ask("meetings/webrtc/recovery/getTimeline", userId=one["userId"])
        ]
        return [event["rung"] for event in sorted(events, key=lambda one: one["at"]) if event["kind"] == "failed"]

    def provider(self) -> str:
        """Return who carries the media."""
        found: str = self._ask("meetings/webrtc/recovery/getRoomState")["provider"]
        return found

    @property
    def _both(self) -> tuple[End, End]:
        return self.ada, self.ben

    def _meters(self) -> list[Meter]:
        return [one.meter() for one in self._both]

    def _ask(self, path: str, **more: Any) -> Any:
        return self.ada.ask(path, meetingId=self.meeting, **more)

    def _meet(self) -> None:
        self.ada.sign_in()
        self.ada.page.get_by_label("Title").wait_for()
        plan = {} if self._people is None else {"maxParticipants": self._people}
        self.meeting = self.ada.ask("meetings/lifecycle/createMeeting", title="A call", **plan)["meetingId"]
        self._ask("meetings/lifecycle/startMeeting")
        code = self._ask("meetings/links/createLink")["code"]
        self.ada.page.goto(f"/m/{self.meeting}")
        self.ada.join()
        self.ben.come(code)
        self._joined_at = time.time()
        self.ben.join()
