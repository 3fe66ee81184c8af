"""The promise of the product: two real peers, each in its own process, talk through a running server.

They use the documented HTTP API alone; media flows between them over the loopback interface.
"""

import asyncio
import sys
import time
from pathlib import Path

import pytest

from connvo.demo.calls import Calls
from connvo.demo.client import CallFailed, Client
from connvo.demo.run import make_call, mint
from connvo.demo.server import started
from connvo.demo.timeline import Outcome, Timeline

MEDIA_SECONDS = 2.0
FEWEST_FRAMES = {"video": 10, "audio": 20}
FEWEST_SIGNALS = 2 * (1 + 2)  # twice a description, a candidate and the end of candidates
MAX_MS = 10_000


@pytest.mark.timeout(90)
def test_two_peers_connect_lose_the_connection_and_recover_it(tmp_path: Path) -> None:
    asyncio.run(call_and_check(tmp_path))


async def call_and_check(folder: Path) -> None:
    """Make the call on a server of its own, then look at what it left behind."""
    async with started(folder) as url:
        tokens = mint(folder)
        outcome = await make_call(url, tokens, MEDIA_SECONDS, Timeline(sys.stdout, time.monotonic()))
        check(outcome)
        async with Client(url, tokens["host"]) as host, Client(url, tokens["guest"]) as guest:
            await check_nothing_is_left(outcome.reports[0].meeting, Calls(host), Calls(guest))


def check(outcome: Outcome) -> None:
    """Assert that media flowed both ways, before and after, and that everything was tidied up."""
    assert outcome.faults() == []
    host, guest = outcome.reports
    assert (host.who, guest.who) == ("host", "guest")
    assert host.meeting == guest.meeting
    for report in outcome.reports:
        assert len(report.negotiations) == 2
        for negotiation in report.negotiations:
            assert negotiation.connected is not None
            assert {kind: n for kind, n in FEWEST_FRAMES.items() if negotiation.frames[kind] < n} == {}
        assert report.sent >= FEWEST_SIGNALS
        assert report.unprocessed == 0
        assert report.open_sessions == 0
    assert (host.received, guest.received) == (guest.sent, host.sent), "each signal is delivered once"
    assert host.meeting_state == "concluded"
    assert 0 < outcome.connected_ms() < MAX_MS
    assert 0 < outcome.recovered_ms() < MAX_MS


async def check_nothing_is_left(meeting: str, host: Calls, guest: Calls) -> None:
    """Assert that the meeting is over for both, with no session in it, and stays over."""
    for person in (host, guest):
        assert (await person.meetings.get_meeting(meeting)).state == "concluded"
        assert {p.presence for p in await person.meetings.list_participants(meeting)} == {"left"}
        assert await person.signalling.get_active_sessions(meeting) == []
        assert await person.signalling.get_pending_signals(meeting) == []
        with pytest.raises(CallFailed):
            await person.meetings.join_meeting(meeting)
