"""ICE servers and the credentials of the TURN REST scheme."""

import base64
import hashlib
import hmac
from typing import Any

import pytest

from connvo.providers.turn import IceServer, expiry, ice_servers, relay_configured, stun_servers, turn_servers
from connvo.settings import IceSettings

NOW_MS = 1_800_000_000_500.0
USER = "j5720tj0850jrk2n08mxsv4mrwxrw3z4"
STUN = "stun:stun.example.org:3478"
TURN = "turn:turn.example.org:3478?transport=udp, turns:turn.example.org:443?transport=tcp"
SECRET = "a shared secret"


def settings(**values: Any) -> IceSettings:
    return IceSettings(
        **{"stun_urls": STUN, "turn_urls": TURN, "turn_secret": SECRET, "turn_ttl_seconds": 600, **values}
    )


def only_turn(ice: IceSettings) -> IceServer:
    (server,) = turn_servers(ice, USER, NOW_MS)
    return server


def test_nothing_configured_is_an_empty_list() -> None:
    assert ice_servers(IceSettings(), USER, NOW_MS) == []


def test_stun_has_no_credentials() -> None:
    assert stun_servers(settings()) == [IceServer(urls=[STUN])]


def test_every_address_is_listed_in_the_order_of_the_settings() -> None:
    assert [server.urls for server in ice_servers(settings(), USER, NOW_MS)] == [
        [STUN],
        ["turn:turn.example.org:3478?transport=udp", "turns:turn.example.org:443?transport=tcp"],
    ]


def test_the_user_name_is_the_expiry_and_the_person_so_that_quotas_hold_per_person() -> None:
    assert only_turn(settings()).username == f"1800000600:{USER}"
    assert expiry(settings(), NOW_MS) == 1_800_000_600


def test_the_password_equals_that_of_a_turn_server_with_the_same_secret() -> None:
    server = only_turn(settings())
    digest = hmac.new(SECRET.encode(), (server.username or "").encode(), hashlib.sha1).digest()
    assert server.credential == base64.b64encode(digest).decode()


def test_credentials_differ_by_person_and_time() -> None:
    minted = {
        (server.username, server.credential)
        for user in (USER, "other")
        for now in (NOW_MS, NOW_MS + 1000)
        for server in turn_servers(settings(), user, now)
    }
    assert len(minted) == 4


@pytest.mark.parametrize("missing", [{"turn_secret": None}, {"turn_secret": ""}, {"turn_urls": ""}])
def test_a_relay_nobody_can_be_let_into_is_not_told(missing: dict[str, Any]) -> None:
    assert not relay_configured(settings(**missing))
    assert turn_servers(settings(**missing), USER, NOW_MS) == []
