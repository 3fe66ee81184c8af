"""People who read captions, a member without a page whose words are captioned, and a scripted door for speech."""

import json
import struct
from collections.abc import Callable
from time import time
from typing import Any
from uuid import uuid4

from playwright.sync_api import Locator, WebSocketRoute, expect

from tests.support.live import LiveServer

from .people import Person, wait_for

INGEST = "transcripts/ingestion:ingestTranscriptChunk"
SECOND_MS = 1000.0
FRAME_HEADER = struct.Struct("<Id")
FRAME_BYTES = FRAME_HEADER.size + 2 * 1600


class Reader:
    """A person at the captions of a call."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.page = person.page
        self.door = ScriptedDoor(person)

    @property
    def captions(self) -> Locator:
        """The captions over the call."""
        return self.page.get_by_role("group", name="Captions")

    @property
    def panel(self) -> Locator:
        """The panel with the switches and the transcript."""
        return self.page.get_by_role("complementary", name="Captions")

    @property
    def words(self) -> Locator:
        """The pieces of the transcript that are shown."""
        return self.page.locator(".chunk-text")

    def open(self) -> "Reader":
        """Open the panel."""
        self.person.press("Captions")
        expect(self.panel).to_be_visible()
        return self

    def turn_on(self, switch: str = "Turn on captions") -> None:
        """Turn captions or a transcript on for everyone, and close the panel."""
        self.open()
        self.panel.get_by_role("button", name=switch).click()
        expect(self.page.locator(".call-header .tag")).to_have_text("Captions" if "caption" in switch else "Transcript")
        self.panel.get_by_role("button", name="Close").click()

    def answer(self, button: str) -> None:
        """Answer the question about one's own words."""
        self.page.get_by_role("alert").get_by_role("button", name=button).click()
        expect(self.page.get_by_role("alert").get_by_role("button", name=button)).to_be_hidden()

    def lines_of(self, name: str) -> Locator:
        """Return the captions of a person."""
        return self.captions.locator("p", has=self.page.get_by_text(name, exact=True)).locator("> span")

    def reads(self, name: str, *lines: str, seconds: float = 10.0) -> None:
        """Wait until the captions of a person have exactly these lines."""
        expect(self.lines_of(name)).to_have_text(list(lines), timeout=seconds * SECOND_MS)


class Speaker:
    """A member without a page, who delivers words by the documented functions."""

    def __init__(self, server: LiveServer, name: str, link: str) -> None:
        subject = str(uuid4())
        self._server = server
        self._token = server.token(subject)
        account = {"workosUserId": subject, "email": f"{subject}@example.org", "displayName": name}
        self.call("users/mutations:upsertUser", **account)
        self.meeting: str = self.call("meetings/links:acceptLink", code=link.rpartition("#")[2])["meetingId"]
        self._last_ms = time() * SECOND_MS - 30 * SECOND_MS

    def says(self, text: str, seconds: float = 0.2) -> None:
        """Deliver a final piece of speech, after the one before it."""
        start = self._last_ms
        self._last_ms += seconds * SECOND_MS
        self._deliver(text, start, self._last_ms)

    def begins(self, text: str) -> None:
        """Deliver words that may still change."""
        self._deliver(text, self._last_ms, self._last_ms + SECOND_MS, isInterim=True)

    def _deliver(self, text: str, start: float, end: float, **more: Any) -> None:
        times = {"startTime": start, "endTime": end}
        self.call(INGEST, meetingId=self.meeting, text=text, confidence=0.9, **times, **more)

    def call(self, path: str, **args: Any) -> Any:
        """Return the value of a call."""
        return self._server.call(self._token, path, **args)


class ScriptedDoor:
    """The server's end of the socket for speech: it records what a page sends, and says what a test wants."""

    def __init__(self, person: Person) -> None:
        self._page = person.page
        self.said: list[dict[str, Any]] = []
        self.frames: list[tuple[int, float]] = []
        self._sockets: list[WebSocketRoute] = []

    def stand_in(self) -> None:
        """Take the place of the server, before the page is opened."""
        self._page.route_web_socket(lambda url: url.endswith("/api/speech"), self._accept)

    @property
    def count(self) -> int:
        """How many sockets were opened."""
        return len(self._sockets)

    @property
    def sequences(self) -> list[int]:
        """The numbers of the frames that came."""
        return [sequence for sequence, _ in self.frames]

    def tell(self, **message: Any) -> None:
        """Send a message on the newest socket."""
        self._sockets[-1].send(json.dumps(message))

    def cut(self) -> None:
        """Break the newest socket."""
        self._sockets[-1].close(code=1011)

    def hears(self, frames: int, seconds: float = 20.0) -> None:
        """Wait until so many frames have come."""
        self.until(lambda: len(self.frames) >= frames, seconds)

    def until(self, done: Callable[[], bool], seconds: float = 20.0) -> None:
        """Wait until a condition holds; the page goes on meanwhile."""

        def look() -> bool:
            self._page.wait_for_timeout(50)
            return done()

        wait_for(look, lambda: f"{self.count} sockets, {len(self.frames)} frames, {self.said}", seconds)

    def _accept(self, socket: WebSocketRoute) -> None:
        self._sockets.append(socket)
        socket.on_message(self._take)

    def _take(self, message: str | bytes) -> None:
        if isinstance(message, str):
            self.said.append(json.loads(message))
            if self.said[-1]["type"] == "start":
                self.tell(type="ready", engine="scripted", interim=True, through=0)
            return
        assert len(message) == FRAME_BYTES
        self.frames.append(FRAME_HEADER.unpack_from(message))
