"""Recorded speech through the real engine and sockets of whole servers, which are killed, restarted and doubled."""

import json
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.protocol.serving import SampleServer
from tests.support.clips import SILENCE, audio, clips, errors
from tests.support.live import LiveServer
from tests.support.outside import needs

PATIENCE_SECONDS = 60.0
FRAME = 3200
FRAME_SECONDS = 0.1
SESSION = "transcripts/session"

Start = Callable[[Path], SampleServer]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts servers, which must stop cleanly at the end unless they were killed."""
    needs("processes to kill")
    servers: list[SampleServer] = []

    def start(folder: Path) -> SampleServer:
        folder.mkdir(exist_ok=True)
        server = SampleServer(folder)
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.stop()


class Page:
    """The page of one member: speaks recordings, and keeps what the server has not dealt with."""

    def __init__(self, server: LiveServer, name: str) -> None:
        self.token = server.token(name)
        server.call(self.token, "users/mutations:upsertUser", workosUserId=name, email=f"{name}@example.org")
        self.meeting_id = ""
        self.sequence = 0
        self.kept: dict[int, bytes] = {}

    def begin(self, server: LiveServer) -> None:
        """Starts a meeting with a transcript."""
        made = server.call(self.token, "meetings/lifecycle:createMeeting", title="Planning", transcriptionEnabled=True)
        self.meeting_id = made["meetingId"]
        for path, more in (
            ("meetings/lifecycle:startMeeting", {}),
            ("meetings/lifecycle:joinMeeting", {}),
            (f"{SESSION}:start", {"mode": "transcript"}),
            (f"{SESSION}:answer", {"allowed": True}),
        ):
            server.call(self.token, path, meetingId=self.meeting_id, **more)

    @contextmanager
    def dialled(self, server: LiveServer) -> Iterator[ClientConnection]:
        """Gives a connection that takes frames."""
        start = {"type": "start", "token": self.token, "meetingId": self.meeting_id, "sessionId": "page"}
        with connect(f"ws{server.url.removeprefix('http')}/api/speech", open_timeout=PATIENCE_SECONDS) as socket:
            socket.send(json.dumps({**start, "language": "en", "clock": time.time() * 1000.0}))
            self.until(socket, "ready")
            for frame in self.kept.values():
                socket.send(frame)
            yield socket

    def say(self, socket: ClientConnection | None, samples: bytes) -> None:
        """Speaks at the speed of speech; without a connection the page keeps it."""
        began = time.time()
        for at in range(0, len(samples), FRAME):
            self.sequence += 1
            captured = (began + at / FRAME * FRAME_SECONDS) * 1000.0
            self.kept[self.sequence] = struct.pack("<Id", self.sequence, captured) + samples[at : at + FRAME]
            if socket is not None:
                socket.send(self.kept[self.sequence])
            time.sleep(max(0.0, captured / 1000.0 - time.time()))

    def until(self, socket: ClientConnection, kind: str) -> dict[str, Any]:
        """Hears the server until it says something."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            message: dict[str, Any] = json.loads(socket.recv(timeout=deadline - time.monotonic()))
            through = message.get("sequence", message.get("through", 0))
            self.kept = {number: frame for number, frame in self.kept.items() if number > through}
            if message["type"] == kind:
                return message
            assert message["type"] in ("through", "paused"), message

    def flush(self, socket: ClientConnection) -> None:
        """Flushes until everything is dealt with."""
        while self.kept:
            socket.send('{"type": "flush"}')
            while not self.until(socket, "through").get("flushed"):
                pass

    def texts(self, server: LiveServer) -> list[str]:
        """Returns the stored words."""
        path = "transcripts/ingestion:getTranscriptChunks"
        return [chunk["text"] for chunk in server.call(self.token, path, meetingId=self.meeting_id)]


def said(texts: list[str], *names: str) -> int:
    """Returns how many words are wrong, too many or missing."""
    return errors(" ".join(clips()[name] for name in names), " ".join(texts))


def test_speech_becomes_a_transcript_with_times(start: Start, tmp_path: Path) -> None:
    server = start(tmp_path / "one")
    page = Page(server, "alice")
    page.begin(server)
    with page.dialled(server) as socket:
        began = time.time() * 1000.0
        page.say(socket, SILENCE + audio("austen-0880") + SILENCE)
        page.flush(socket)
    path = "transcripts/ingestion:getTranscriptChunks"
    (chunk,) = server.call(page.token, path, meetingId=page.meeting_id)
    assert said([chunk["text"]], "austen-0880") <= 1
    # The recording has a short pause before its first word.
    assert 800 <= chunk["startMs"] - began <= 1600
    state = server.call(page.token, f"{SESSION}:getState", meetingId=page.meeting_id)
    assert (state["engine"], state["languages"], state["state"]) == ("moonshine", ["en"], "active")


def test_a_server_killed_in_mid_sentence_stores_it_whole_and_once(start: Start, tmp_path: Path) -> None:
    server = start(tmp_path / "one")
    page = Page(server, "alice")
    page.begin(server)
    first, second = SILENCE + audio("austen-0930") + SILENCE, SILENCE + audio("austen-0890") + SILENCE
    half = len(second) // 2 // FRAME * FRAME
    with page.dialled(server) as socket:
        page.say(socket, first)
        page.flush(socket)
        page.say(socket, second[:half])
        server.kill()
    page.say(None, second[half:])
    server.start()
    with page.dialled(server) as socket:
        page.flush(socket)
    texts = page.texts(server)
    assert len(texts) == 2
    assert said(texts, "austen-0930", "austen-0890") <= 3


def test_a_page_that_goes_to_another_node_is_heard_there_once(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "nodes"
    one, other = start(folder), start(folder)
    page = Page(one, "alice")
    page.begin(one)
    sound = SILENCE + audio("cards-005") + SILENCE
    half = len(sound) // 2 // FRAME * FRAME
    with page.dialled(one) as socket:
        page.say(socket, sound[:half])
        one.kill()
    with page.dialled(other) as socket:
        page.say(socket, sound[half:])
        page.flush(socket)
    texts = page.texts(other)
    assert said(texts, "cards-005") <= 3
