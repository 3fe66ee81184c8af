"""Two nodes are killed in turn while a call is quiet: there is one hint about it, and not two."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.mortal import ANY_SECONDS, MortalServer, call_any
from tests.support import outside
from tests.support.live import LiveServer
from tests.support.postgres import database_of
from tests.support.prompts import NUDGES

KILLS = 3
PAUSE_SECONDS = 4.0
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


@pytest.mark.timeout(180)
def test_nodes_that_are_killed_show_one_hint(nodes: list[MortalServer], tmp_path: Path) -> None:
    server = LiveServer(nodes[0].url, tmp_path / "data")
    meeting, host, guest = server.meet("Quiet")
    about = {"meetingId": meeting}
    for token in (host, guest):
        end = time.time() * MS
        words = {"text": "Good morning.", "confidence": 1, "startTime": end - MS, "endTime": end}
        server.call(token, "transcripts/ingestion:ingestTranscriptChunk", **about, **words)
    seen: set[str] = set()
    for number in range(KILLS):
        time.sleep(PAUSE_SECONDS)
        nodes[number % 2].kill()
        nodes[number % 2].start()
        found = call_any(nodes, guest, NUDGES, **about, limit=20)
        assert len(found) <= 1
        seen |= {one["_id"] for one in found}
    until = time.monotonic() + ANY_SECONDS
    while not seen:
        seen |= {one["_id"] for one in call_any(nodes, host, NUDGES, **about, limit=20)}
        assert time.monotonic() < until, "no hint"
        time.sleep(1)
    assert [one["_id"] for one in call_any(nodes, host, NUDGES, **about, limit=20)] == sorted(seen)
    assert len(seen) == 1
