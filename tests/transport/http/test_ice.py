"""The addresses of STUN and TURN are public; the credentials of TURN are not."""

from typing import Any

from starlette.testclient import TestClient

from connvo.settings import IceSettings
from connvo.telemetry.metrics import Metrics
from connvo.transport.http.ice import ice_routes
from connvo.transport.http.router import Router


async def no_socket(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("no sockets here")


def told(**ice: Any) -> Any:
    answer = TestClient(Router(ice_routes(IceSettings(**ice)), {}, Metrics("1"), no_socket)).get("/api/ice")
    assert answer.status_code == 200
    return answer.json()


def test_anybody_is_told_the_addresses_and_no_credential() -> None:
    turn = "turn:turn.example.org:3478?transport=udp, turns:turn.example.org:5349?transport=tcp"
    answer = told(stun_urls="stun:stun.example.org:3478", turn_urls=turn, turn_secret="hush")
    assert answer == {"urls": ["stun:stun.example.org:3478", *turn.split(", ")]}


def test_without_any_server_there_are_no_addresses() -> None:
    assert told() == {"urls": []}
