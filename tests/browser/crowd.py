"""A page in a call with many people: real members of a real meeting, on simulated connections."""

from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.support.live import LiveServer

from .people import Person

CONNECTIONS = Path(__file__).with_name("crowd.js")
NAMES: tuple[str, ...] = (
    "Charles Babbage",
    "Mary Somerville",
    "Luigi Menabrea",
    "Augustus De Morgan",
    "Michael Faraday",
)
NAMES += ("Caroline Herschel", "Sophie Germain", "George Boole", "محمد بن موسى الخوارزمي", "Li")
NAMES += ("Wolfeschlegelsteinhausenbergerdorff the Elder of Somewhere",)
SESSIONS = "meetings/webrtc/index"
# So many people a server of these tests takes into one meeting.
MAX = 50
SETTINGS = {
    "CONNVO_MEETING_MESH_PARTICIPANTS": str(MAX),
    "CONNVO_MEETING_DEFAULT_PARTICIPANTS": str(MAX),
}


class Crowd:
    """The other people in a call with one real person. The server must run with `SETTINGS`."""

    def __init__(self, server: LiveServer, host: Person) -> None:
        self.page = host.page
        self._server = server
        host.context.add_init_script(path=CONNECTIONS)
        host.sign_in()
        self._code = host.meet("Weekly planning").rpartition("#")[2]
        host.join()
        self.meeting = host.page.url.rsplit("/", 1)[1]
        self._tokens: list[str] = []

    @property
    def size(self) -> int:
        """The number of people in the call, including the person of this page."""
        return len(self._tokens) + 1

    def grow(self, size: int) -> None:
        """Add people until there are at least so many; return once the page shows them."""
        while self.size < size:
            self._join()
        expect(self.page.locator(".tile:has(video)")).to_have_count(self.size)

    def send(self, nth: int, **media: bool) -> None:
        """Set what one of the others sends from now on, by index from 0."""
        facts = {"audio": True, "video": True, "screen": False, "generation": 1} | media
        self._call(
            nth,
            f"{SESSIONS}:updateSessionState",
            meetingId=self.meeting,
            sessionId=self._session(nth),
            state="connected",
            metadata=facts,
        )

    def name(self, nth: int) -> str:
        """Return the name of one of the others."""
        cycle, place = divmod(nth, len(NAMES))
        return f"{NAMES[place]} {cycle + 1}" if cycle else NAMES[place]

    def speak(self, nth: int) -> None:
        """Let only one of the others speak from now on."""
        self.page.evaluate("nth => { window.speaking = nth; }", nth)

    def _join(self) -> None:
        nth = len(self._tokens)
        subject = f"crowd-{self.meeting}-{nth}"
        self._tokens.append(self._server.token(subject))
        account = {"workosUserId": subject, "email": f"{subject}@example.org", "displayName": self.name(nth)}
        self._call(nth, "users/mutations:upsertUser", **account)
        self._call(nth, "meetings/links:acceptLink", code=self._code)
        self._call(nth, "meetings/lifecycle:joinMeeting", meetingId=self.meeting)
        self._call(nth, f"{SESSIONS}:createWebRTCSession", meetingId=self.meeting, sessionId=self._session(nth))
        self.send(nth, audio=nth % 3 != 0, video=nth % 4 != 0)

    def _call(self, nth: int, path: str, **args: Any) -> None:
        self._server.call(self._tokens[nth], path, **args)

    def _session(self, nth: int) -> str:
        return f"crowd-{nth}-{self.meeting}"
