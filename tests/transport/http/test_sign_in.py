"""Signing in by name is for trying the server out, and never gives access to another user's account."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from connvo.kernel.identity import Identity
from connvo.settings import IdentitySettings
from connvo.telemetry.metrics import Metrics
from connvo.transport.auth.authenticator import Authenticator
from connvo.transport.auth.issuers import issuers_of
from connvo.transport.auth.local_issuer import LocalIssuer
from connvo.transport.http.router import Router
from connvo.transport.http.sign_in import LIFETIME_SECONDS, NAME_PATH, SIGN_IN_OPTIONS_PATH, SignIn, Standing

SECRET = "0f8fad5b-d9cb-469f-a165-70867728950e"
OTHER = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
NOW = 1_795_218_296.0
HERE = "http://localhost:3210"


async def no_network(url: str) -> bytes:
    raise AssertionError("nothing is fetched here")


async def no_socket(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("no sockets here")


# Of a provider that was not heard of yet.
OIDC = {"mode": "oidc", "scope": "openid profile email", "parameters": {}, "otherAccount": "login"}


class Door:
    """The doors with nothing but signing in behind them."""

    def __init__(self, **identity: Any) -> None:
        self.settings = IdentitySettings(**identity)
        issuer = LocalIssuer(ec.generate_private_key(ec.SECP256R1())) if self.settings.local_issuer_on else None
        self.auth = Authenticator(issuers_of(self.settings, issuer, no_network), self.settings, lambda: NOW)
        self.ended: set[str] = set()
        self.known: set[str] = set()
        self.seconds = 0.0
        sign_in = SignIn(self.settings, issuer, lambda: NOW, standing=self._standing, monotonic=lambda: self.seconds)
        same_origin = {SIGN_IN_OPTIONS_PATH, NAME_PATH}
        self.doors = Router(sign_in.routes(), {}, Metrics("1"), no_socket, same_origin=same_origin)
        self.http = TestClient(self.doors, base_url=HERE)

    async def _standing(self, token: str) -> Standing:
        identity = await self.auth.verify(token)
        if identity.session in self.ended:
            return "ended"
        return "known" if identity.subject in self.known else "new"

    def sign_in(self, headers: dict[str, str] | None = None, **body: Any) -> Any:
        return self.http.post(NAME_PATH, json=body, headers=headers)

    def newcomers(self, count: int, network: str = "192.0.2.7") -> list[int]:
        """Return how each of these was answered, every one with a secret of their own."""
        http = TestClient(self.doors, base_url=HERE, client=(network, 1))
        bodies = [{"subject": str(uuid4()), "name": "N"} for _ in range(count)]
        return [http.post(NAME_PATH, json=body).status_code for body in bodies]


def test_a_name_and_a_secret_make_an_account_for_half_a_day() -> None:
    door = Door()
    made = door.sign_in(subject=SECRET, name="  Ada ").json()
    identity = asyncio.run(door.auth.verify(made["token"]))
    assert (identity.subject, identity.name, identity.email) == (made["subject"], "Ada", None)
    assert identity.expires_at == (NOW + LIFETIME_SECONDS) * 1000


def test_the_same_secret_is_the_same_account_under_any_name() -> None:
    door = Door()
    first = door.sign_in(subject=SECRET, name="Ada").json()["subject"]
    assert door.sign_in(subject=SECRET, name="Countess").json()["subject"] == first
    assert door.sign_in(subject=OTHER, name="Ada").json()["subject"] != first


def test_visible_data_of_an_account_does_not_let_others_in() -> None:
    door = Door()
    seen = door.sign_in(subject=SECRET, name="Ada").json()["subject"]
    assert SECRET not in seen and seen.startswith("guest:")
    assert door.sign_in(subject=seen, name="Ada").status_code == 400


@pytest.mark.parametrize("subject", ["alice", "", SECRET.upper(), f"{SECRET}\n", f"guest:{SECRET}", "0" * 36, 7, None])
def test_no_request_chooses_its_account(subject: Any) -> None:
    answer = Door().sign_in(subject=subject, name="Mallory")
    assert (answer.status_code, answer.json()["code"]) == (400, "BadJsonBody")


@pytest.mark.parametrize("name", ["", "  ", "\u200b", 7, None])
def test_a_name_has_something_to_see(name: Any) -> None:
    assert Door().sign_in(subject=SECRET, name=name).status_code == 400


def test_a_body_is_json_and_short() -> None:
    door = Door()
    assert door.http.post("/api/auth/local", content="name=Ada").status_code == 400
    assert door.sign_in(subject=SECRET, name="A", email="ada@example.org").status_code == 400
    assert door.sign_in(subject=SECRET, name="A" * 5000).status_code == 413


@pytest.mark.parametrize(
    ("identity", "told"),
    [
        ({}, {"mode": "local"}),
        (
            {"workos_client_id": "client_1"},
            {
                "mode": "workos",
                "clientId": "client_1",
                "hostname": "api.workos.com",
                "https": True,
                "cookies": False,
            },
        ),
        (
            {"workos_client_id": "client_1", "workos_api_hostname": "auth.example.org"},
            {
                "mode": "workos",
                "clientId": "client_1",
                "hostname": "auth.example.org",
                "https": True,
                "cookies": True,
            },
        ),
        (
            {"issuer": "https://id.example.org", "audience": "app"},
            {**OIDC, "issuer": "https://id.example.org", "clientId": "app"},
        ),
        (
            {"issuer": "https://id.example.org", "audience": "api", "client_id": "page"},
            {**OIDC, "issuer": "https://id.example.org", "clientId": "page"},
        ),
        ({"issuer": "https://id.example.org", "audience": "*"}, {**OIDC, "issuer": "https://id.example.org"}),
        (
            {"issuer": "https://accounts.google.com", "audience": "app", "parameters": "prompt=consent&hd=acme.org"},
            {
                **OIDC,
                "issuer": "https://accounts.google.com",
                "clientId": "app",
                "parameters": {"access_type": "offline", "prompt": "consent", "hd": "acme.org"},
                "otherAccount": "select_account",
            },
        ),
    ],
)
def test_the_page_is_told_how_to_sign_in(identity: dict[str, str], told: dict[str, Any]) -> None:
    door = Door(**identity)
    assert door.http.get("/api/auth").json() == told
    assert (door.sign_in(subject=SECRET, name="Ada").status_code == 200) == (told["mode"] == "local")


def test_with_a_real_issuer_there_is_no_signing_in_by_name() -> None:
    door = Door(issuer="https://id.example.org", audience="app")
    answer = door.sign_in(subject=SECRET, name="Ada")
    assert (answer.status_code, answer.json()["code"]) == (404, "NotFound")


def test_with_a_real_issuer_the_local_one_serves_the_command_line_alone() -> None:
    door = Door(issuer="https://id.example.org", audience="app", local_issuer=True)
    assert door.sign_in(subject=SECRET, name="Ada").status_code == 404


def test_a_sign_in_goes_on_until_it_is_ended() -> None:
    door = Door()
    session = str(uuid4())

    def identity(**body: Any) -> Identity:
        return asyncio.run(door.auth.verify(door.sign_in(subject=SECRET, name="Ada", **body).json()["token"]))

    first = identity(session=session)
    assert first.session == identity(session=session).session != identity().session
    door.ended.add(first.session)
    answer = door.sign_in(subject=SECRET, name="Ada", session=session)
    assert (answer.status_code, answer.json()["code"]) == (401, "SignInEnded")
    assert door.sign_in(subject=SECRET, name="Ada", session=str(uuid4())).status_code == 200
    for wrong in ("mine", "", session.upper() + "x", 7):
        assert door.sign_in(subject=SECRET, name="Ada", session=wrong).status_code == 400


def test_one_network_makes_a_class_of_accounts_at_once_and_then_a_few_a_minute() -> None:
    door = Door(name_burst=60, name_per_minute=6)
    assert set(door.newcomers(60)) == {200}
    assert door.newcomers(1) == [429]
    refused = TestClient(door.doors, base_url=HERE, client=("192.0.2.7", 1)).post(
        NAME_PATH, json={"subject": SECRET, "name": "N"}
    )
    assert (refused.json()["code"], refused.headers["retry-after"]) == ("TooManyRequests", "10")
    assert "try again in 10 s" in refused.json()["message"]
    assert door.newcomers(1, network="192.0.2.8") == [200]
    door.seconds += 10
    assert door.newcomers(2) == [200, 429]


def test_all_networks_together_make_accounts_at_one_rate() -> None:
    door = Door(name_total_burst=3, name_total_per_second=0.5)
    networks = [f"192.0.2.{number}" for number in range(5)]
    assert [door.newcomers(1, network=network)[0] for network in networks] == [200, 200, 200, 429, 429]
    door.seconds += 2
    assert door.newcomers(2, network="192.0.2.9") == [200, 429]


def test_a_returning_browser_is_no_new_account() -> None:
    door = Door(name_burst=1)
    first = door.sign_in(subject=SECRET, name="Ada").json()["subject"]
    assert door.sign_in(subject=SECRET, name="Ada").status_code == 200, "the same browser, before it has an account"
    assert door.sign_in(subject=OTHER, name="Ben").status_code == 429
    other = Door(name_burst=1)
    other.known.add(first)
    assert other.newcomers(1, network="testclient") == [200]
    assert other.sign_in(subject=SECRET, name="Ada").status_code == 200


def test_a_network_makes_no_more_accounts_in_a_day_than_it_may() -> None:
    door = Door(name_burst=3, name_per_minute=600, name_per_day=5)
    answers = []
    for _ in range(10):
        answers += door.newcomers(1)
        door.seconds += 60
    assert answers == [200] * 5 + [429] * 5
    door.seconds += 24 * 3600
    assert door.newcomers(3) == [200] * 3


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://localhost:8080"},
        {"Origin": "http://localhost:3210", "Sec-Fetch-Site": "same-site"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_page_of_another_origin_signs_no_user_in(headers: dict[str, str]) -> None:
    answer = Door().sign_in(headers, subject=SECRET, name="Ada")
    assert (answer.status_code, answer.json()["code"]) == (403, "ForeignOrigin")
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", [SIGN_IN_OPTIONS_PATH, NAME_PATH])
def test_no_page_of_another_origin_may_ask(path: str) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    http = Door().http
    for answer in (http.options(path, headers=asked), http.get(path, headers=asked)):
        assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": HERE},
        {"Origin": HERE, "Sec-Fetch-Site": "same-origin"},
        {"Host": "127.0.0.1:3210"},
        {"Host": "[::1]:3210"},
        {"Host": "meet.localhost"},
        {"X-Forwarded-For": "127.0.0.1"},
    ],
)
def test_on_its_own_machine_a_server_needs_no_switch(headers: dict[str, str]) -> None:
    door = Door()
    assert door.sign_in(headers, subject=SECRET, name="Ada").status_code == 200
    assert door.http.get(SIGN_IN_OPTIONS_PATH, headers=headers).json() == {"mode": "local"}


FROM_AFAR = [
    {"Host": "meet.example.org"},
    {"Host": "192.168.1.4:3210"},
    {"Host": "localhost.evil.example"},
    {"Host": "127.0.0.1.evil.example"},
    {"Host": "127.0.0.1:3210", "X-Forwarded-Host": "meet.example.org"},
    {"Host": "127.0.0.1:3210", "X-Forwarded-For": "203.0.113.9"},
    {"Host": "127.0.0.1:3210", "Origin": "https://meet.example.org", "Sec-Fetch-Site": "same-origin"},
]


@pytest.mark.parametrize("headers", FROM_AFAR)
def test_from_another_machine_no_one_signs_in_by_name_unless_the_server_is_open(headers: dict[str, str]) -> None:
    closed, opened = Door(), Door(open=True)
    with capture_logs() as lines:
        for _ in range(2):
            answer = closed.sign_in(headers, subject=SECRET, name="Ada")
            assert (answer.status_code, answer.json()["code"]) == (403, "NotOpen")
    assert [line["event"] for line in lines] == ["auth_not_open"], "said once"
    assert closed.http.get(SIGN_IN_OPTIONS_PATH, headers=headers).json() == {"mode": "local", "closed": True}
    assert opened.sign_in(headers, subject=SECRET, name="Ada").status_code == 200
    assert opened.http.get(SIGN_IN_OPTIONS_PATH, headers=headers).json() == {"mode": "local", "open": True}
