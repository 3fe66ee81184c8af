"""Two nodes are killed in turn while members type: what was answered is in the notes, and nothing is there twice.

The meeting ends meanwhile, which takes nothing either.
"""

import json
import threading
import time
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from random import Random
from typing import Any
from urllib.request import Request, urlopen

import pytest

from connvo.rules.notes.operation import Change
from tests.browser.mortal import MortalServer
from tests.support import outside
from tests.support.live import LiveServer
from tests.support.notes.client import NoteClient, Received
from tests.support.notes.scene import unwire, wire
from tests.support.postgres import database_of

WRITERS = 2
FIRST_CHARACTERS = (0x4E00, 0x7000)  # each writer types characters of its own, none twice
PAUSE_SECONDS = 0.01
TIMEOUT_SECONDS = 10.0
PATIENCE_SECONDS = 60.0


class Writer(threading.Thread):
    """A member who types, and sends everything until it is answered, to whichever node answers."""

    def __init__(self, name: str, token: str, meeting: str, urls: list[str], first: int) -> None:
        super().__init__(name=name, daemon=True)
        self.client = NoteClient(name)
        self.random = Random(name)
        self.typed: list[str] = []
        self.answered: set[str] = set()
        self.finish = threading.Event()
        self.resent = 0
        self._token, self._meeting, self._urls, self._first = token, meeting, urls, first

    def run(self) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            if not self.finish.is_set():
                self._type()
            elif not self.client.pending:
                return
            try:
                self._exchange()
            except (OSError, HTTPException):
                self.resent += 1
                self._urls = [*self._urls[1:], self._urls[0]]
            time.sleep(PAUSE_SECONDS)

    def follow(self) -> None:
        more = True
        while more:
            since = self.call("notes/sync:operationsSince", sequence=self.client.sequence)
            assert not since["reset"]
            for one in since["operations"]:
                client = one.get("clientId", "")
                taken = self.client.receive(
                    Received(int(one["sequence"]), client, int(one.get("number", 0)), unwire(one["changes"]))
                )
                assert taken, "the server made another operation of it"
            more = since["more"]

    def call(self, path: str, **args: Any) -> Any:
        body = json.dumps({"args": {"meetingId": self._meeting, **args}}).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
        request = Request(f"{self._urls[0]}/api/run/{path.replace(':', '/')}", body, headers)
        with urlopen(request, timeout=TIMEOUT_SECONDS) as response:
            envelope = json.load(response)
        if envelope["status"] != "success":
            raise OSError(envelope["errorData"]["code"])
        return envelope["value"]

    def _type(self) -> None:
        character = chr(self._first + len(self.typed))
        self.typed.append(character)
        self.client.edit((Change(self.random.randint(0, len(self.client.text)), 0, character),))

    def _exchange(self) -> None:
        sent = self.client.outgoing()
        if sent is not None:
            args = {"clientId": self.name, "number": sent.number, "sequence": sent.sequence}
            self.call("notes/sync:apply", changes=wire(sent.operation), **args)
            self.answered |= {one for change in sent.operation for one in change.content}
        self.follow()


@pytest.fixture(params=["sqlite", "postgres"])
def nodes(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[MortalServer]]:
    """Two nodes of one database."""
    outside.needs("processes to kill")
    settings = {"CONNVO_NOTE_BURST": "1000000", "CONNVO_RATE_ACCOUNT_BURST": "1000000"}
    if request.param == "postgres":
        settings["CONNVO_DATABASE_URL"] = database_of(tmp_path)
    made = [MortalServer(tmp_path, **settings) for _ in range(2)]
    try:
        for node in made:
            node.start()
        yield made
    finally:
        for node in made:
            node.kill()


@pytest.mark.timeout(180)
def test_nothing_that_was_answered_is_lost_and_nothing_doubled(nodes: list[MortalServer], tmp_path: Path) -> None:
    server = LiveServer(nodes[0].url, tmp_path / "data")
    tokens = [server.token(name) for name in ("host", "guest")]
    people = [
        server.call(token, "users/mutations:upsertUser", workosUserId=name, email=f"{name}@example.org")
        for token, name in zip(tokens, ("host", "guest"), strict=True)
    ]
    meeting = server.call(tokens[0], "meetings/lifecycle:createMeeting", title="Notes")["meetingId"]
    add = {"meetingId": meeting, "userId": people[1], "role": "participant"}
    server.call(tokens[0], "meetings/lifecycle:addParticipant", **add)
    server.call(tokens[1], "meetings/invitations:acceptInvitation", meetingId=meeting)
    urls = [node.url for node in nodes]
    writers = [
        Writer(f"writer {number}", tokens[number], meeting, urls[number:] + urls[:number], FIRST_CHARACTERS[number])
        for number in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    server.call(tokens[0], "meetings/lifecycle:startMeeting", meetingId=meeting)
    moments = Random(7)
    for node in nodes:
        time.sleep(moments.uniform(0.2, 0.8))
        node.kill()
        if node is not nodes[0]:
            server.call(tokens[0], "meetings/lifecycle:endMeeting", meetingId=meeting)
        node.start()
    for writer in writers:
        writer.finish.set()
    for writer in writers:
        writer.join(PATIENCE_SECONDS)
        assert not writer.client.pending
        writer.follow()
    text = writers[0].call("notes/queries:getMeetingNotes")["content"]
    assert {writer.client.text for writer in writers} == {text}
    typed = [character for writer in writers for character in writer.typed]
    assert sorted(text) == sorted(typed)
    assert all(writer.answered <= set(text) for writer in writers)
    assert sum(writer.resent for writer in writers) > 0
