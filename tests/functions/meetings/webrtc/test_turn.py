"""The servers a device may use: whose credentials they are, until when, and who gets none."""

from collections.abc import Callable
from typing import Any

import pytest

from connvo.settings import IceSettings
from tests.support.backend import Backend

from ..scene import Scene
from .call import GUEST, TURN, Call

GET = f"{TURN}:getICEServers"
STUN_URL, TURN_URL = "stun:stun.example.org:3478", "turn:turn.example.org:3478"
TTL_SECONDS = 600
ICE = IceSettings(stun_urls=STUN_URL, turn_urls=TURN_URL, turn_secret="a shared secret", turn_ttl=TTL_SECONDS)


@pytest.fixture
def relayed(make_call: Callable[..., Call]) -> Call:
    """A running call with a TURN server."""
    return make_call(ice=ICE)


def relay_of(setup: dict[str, Any]) -> dict[str, Any]:
    relay: dict[str, Any]
    (relay,) = [server for server in setup["iceServers"] if "username" in server]
    return relay


def test_a_member_gets_the_servers_with_credentials_of_their_own(relayed: Call) -> None:
    mine, others = (relayed.run(person, GET) for person in (relayed.guest, relayed.host))
    assert mine["iceServers"][0] == {"urls": [STUN_URL]}
    assert relay_of(mine)["urls"] == [TURN_URL]
    assert relay_of(mine)["username"].split(":")[1] == relayed.guest.user_id
    assert relay_of(mine)["credential"] != relay_of(others)["credential"]
    assert mine["iceTransportPolicy"] == "all"


def test_every_device_of_a_member_counts_as_the_member(relayed: Call) -> None:
    of_a_session, of_none = (relayed.run(relayed.guest, GET, **args) for args in ({"sessionId": GUEST}, {}))
    users = {relay_of(setup)["username"].split(":", 1)[1] for setup in (of_a_session, of_none)}
    assert users == {relayed.guest.user_id}


def test_there_is_time_to_renew_them_before_they_end(relayed: Call) -> None:
    before = relayed.backend.now_ms
    setup = relayed.run(relayed.guest, GET)
    assert int(relay_of(setup)["username"].split(":")[0]) * 1000 == setup["expiresAt"]
    assert setup["expiresAt"] == pytest.approx(before + TTL_SECONDS * 1000, abs=1000)
    assert setup["refreshAfterMs"] == TTL_SECONDS * 1000 / 2
    relayed.backend.advance(setup["refreshAfterMs"] / 1000)
    assert relayed.run(relayed.guest, GET)["expiresAt"] > setup["expiresAt"]


def test_on_the_rung_that_calls_for_it_there_are_relays_alone(relayed: Call) -> None:
    relayed.fail(relayed.guest)
    relayed.connect(relayed.guest, "second")
    relayed.fail(relayed.guest, session="second")
    setup = relayed.run(relayed.guest, GET)
    assert setup["iceTransportPolicy"] == "relay"
    assert setup["iceServers"] == [relay_of(setup)]
    assert relayed.run(relayed.host, GET)["iceTransportPolicy"] == "all"


def test_without_a_relay_there_is_nothing_to_renew(make_call: Callable[..., Call]) -> None:
    call = make_call(ice=IceSettings(stun_urls=STUN_URL))
    assert call.run(call.guest, GET) == {"iceServers": [{"urls": [STUN_URL]}], "iceTransportPolicy": "all"}


def test_a_session_that_is_over_gets_none(relayed: Call) -> None:
    relayed.run(relayed.guest, "closeSession", sessionId=GUEST)
    relayed.refused(relayed.guest, GET, "CONFLICT", sessionId=GUEST)


def test_a_meeting_that_has_not_started_has_none(make_backend: Callable[..., Backend]) -> None:
    scene = Scene(make_backend(ice=ICE))
    scene.guest.fails(GET, "MEETING_NOT_ACTIVE", meetingId=scene.meeting_id)


def test_an_account_that_was_closed_gets_no_new_ones(relayed: Call) -> None:
    relayed.run(relayed.guest, GET)
    relayed.guest.call("users/mutations:deactivateUser", userId=relayed.guest.user_id)
    relayed.refused(relayed.guest, GET, "FORBIDDEN")


def test_a_member_asks_sixty_times_and_then_once_a_second(relayed: Call) -> None:
    for _ in range(60):
        relayed.run(relayed.guest, GET)
    error = relayed.refused(relayed.guest, GET, "RATE_LIMIT_EXCEEDED")
    assert 0 < error.metadata["retryAfterSeconds"] <= 1
    relayed.run(relayed.host, GET)
    relayed.backend.advance(1)
    relayed.run(relayed.guest, GET)


def test_credentials_are_stored_nowhere(relayed: Call) -> None:
    credential = relay_of(relayed.run(relayed.guest, GET))["credential"]
    files = list(relayed.backend.folder.glob("connvo.db*"))
    assert files
    assert [path.name for path in files if credential.encode() in path.read_bytes()] == []
