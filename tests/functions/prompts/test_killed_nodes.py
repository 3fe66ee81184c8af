"""Two nodes are killed in turn while a call is quiet: there is one hint about it, and not two."""

import json
import time
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.browser.mortal import MortalServer
from tests.support import outside
from tests.support.live import LiveServer
from tests.support.postgres import database_of
from tests.support.prompts import NUDGES

KILLS = 3
PAUSE_SECONDS = 4.0
TIMEOUT_SECONDS = 10.0
PATIENCE_SECONDS = 90.0
MS = 1000.0


@pytest.fixture(params=["sqlite", "postgres"])
def nodes(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[MortalServer]]:
    """Two nodes of one database."""
    outside.needs("processes to kill")
    settings = {"CONNVO_RATE_ACCOUNT_BURST": "1000000"}
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


def call(nodes: list[MortalServer], token: str, path: str, **args: Any) -> Any:
    """Return the value of a call to whichever node answers."""
    until = time.monotonic() + PATIENCE_SECONDS
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    while True:
        for node in nodes:
            request = Request(
                f"{node.url}/api/run/{path.replace(':', '/')}", json.dumps({"args": args}).encode(), headers
            )
            try:
                with urlopen(request, timeout=TIMEOUT_SECONDS) as response:
                    envelope = json.load(response)
            except (OSError, HTTPException):
                continue
            if envelope["status"] == "success":
                return envelope["value"]
        assert time.monotonic() < until, f"no node answers {path}"
        time.sleep(0.1)


@pytest.mark.timeout(180)
def test_nodes_that_are_killed_show_one_hint(nodes: list[MortalServer], tmp_path: Path) -> None:
    server = LiveServer(nodes[0].url, tmp_path / "data")
    host, guest = (server.token(name) for name in ("host", "guest"))
    people = [
        server.call(token, "users/mutations:upsertUser", workosUserId=name, email=f"{name}@example.org")
        for token, name in ((host, "host"), (guest, "guest"))
    ]
    meeting = server.call(host, "meetings/lifecycle:createMeeting", title="Quiet")["meetingId"]
    about = {"meetingId": meeting}
    server.call(host, "meetings/lifecycle:addParticipant", **about, userId=people[1], role="participant")
    server.call(guest, "meetings/invitations:acceptInvitation", **about)
    server.call(host, "meetings/lifecycle:startMeeting", **about)
    for token in (host, guest):
        server.call(token, "meetings/lifecycle:joinMeeting", **about)
        end = time.time() * MS
        words = {"text": "Good morning.", "confidence": 1, "startTime": end - MS, "endTime": end}
        server.call(token, "transcripts/ingestion:ingestTranscriptChunk", **about, **words)
    seen: set[str] = set()
    for number in range(KILLS):
        time.sleep(PAUSE_SECONDS)
        nodes[number % 2].kill()
        nodes[number % 2].start()
        found = call(nodes, guest, NUDGES, **about, limit=20)
        assert len(found) <= 1
        seen |= {one["_id"] for one in found}
    until = time.monotonic() + PATIENCE_SECONDS
    while not seen:
        seen |= {one["_id"] for one in call(nodes, host, NUDGES, **about, limit=20)}
        assert time.monotonic() < until, "no hint"
        time.sleep(1)
    assert [one["_id"] for one in call(nodes, host, NUDGES, **about, limit=20)] == sorted(seen)
    assert len(seen) == 1
