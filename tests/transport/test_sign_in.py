"""Signing in by name: for trying things out, and never a way into somebody else's account."""

import asyncio
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.testclient import TestClient

from connvo.settings import IdentitySettings
from connvo.telemetry import Metrics
from connvo.transport.auth import Authenticator
from connvo.transport.http import Doors
from connvo.transport.issuers import issuers_of
from connvo.transport.local_issuer import LocalIssuer
from connvo.transport.sign_in import LIFETIME_SECONDS, SignIn

SECRET = "0f8fad5b-d9cb-469f-a165-70867728950e"
OTHER = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
NOW = 1_795_218_296.0


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
        routes = SignIn(self.settings, issuer, lambda: NOW).routes()
        self.http = TestClient(Doors(routes, {}, Metrics("1"), no_socket))

    def sign_in(self, **body: Any) -> Any:
        return self.http.post("/api/auth/local", json=body)


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


def test_what_others_see_of_an_account_does_not_let_them_in() -> None:
    door = Door()
    seen = door.sign_in(subject=SECRET, name="Ada").json()["subject"]
    assert SECRET not in seen and seen.startswith("guest:")
    assert door.sign_in(subject=seen, name="Ada").status_code == 400


@pytest.mark.parametrize("subject", ["alice", "", SECRET.upper(), f"{SECRET}\n", f"guest:{SECRET}", "0" * 36, 7, None])
def test_nobody_chooses_whose_account_it_is(subject: Any) -> None:
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
