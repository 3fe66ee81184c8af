"""For a WorkOS token without an address, the API names the verified one, within a time limit."""

import asyncio
import json
from typing import Any

import pytest

from connvo.settings import IdentitySettings
from connvo.transport.auth import workos as module
from connvo.transport.auth.authenticator import Authenticator
from connvo.transport.auth.issuers import issuers_of
from connvo.transport.auth.jwks import Unreachable
from connvo.transport.auth.workos import PAUSE_SECONDS, UNVERIFIED_SECONDS, WorkosUsers, workos_users

from .test_authenticator import NOW, PUBLIC, Party, sign

USER = {"id": "user_1", "email": "ada@example.org", "email_verified": True}


class Api:
    """WorkOS's API, as far as it is asked for users."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.now = 0.0
        self.users = WorkosUsers("https://api.workos.com", "sk_key", self.ask, lambda: self.now)

    async def ask(self, url: str, headers: dict[str, str]) -> bytes:
        self.asked.append((url, headers))
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer is asyncio.sleep:
            await asyncio.sleep(3600)
        return self.answer if isinstance(self.answer, bytes) else json.dumps(self.answer).encode()

    def find(self, user_id: str = "user_1") -> str | None:
        return asyncio.run(self.users.verified_address(user_id))


def test_a_verified_address_is_taken_and_kept() -> None:
    api = Api(USER)
    assert [api.find() for _ in range(3)] == ["ada@example.org"] * 3
    assert api.asked == [("https://api.workos.com/user_management/users/user_1", {"authorization": "Bearer sk_key"})]


@pytest.mark.parametrize(
    "answer",
    [
        {**USER, "email_verified": False},
        {**USER, "email_verified": "true"},
        {"id": "user_1", "email": "ada@example.org"},
        {**USER, "id": "user_2"},
        {**USER, "email": None},
        {**USER, "email": ""},
        {**USER, "email": "x" * 500},
        {},
    ],
)
def test_any_other_address_counts_for_nothing(answer: Any) -> None:
    assert Api(answer).find() is None


def test_an_address_that_was_verified_meanwhile_is_found() -> None:
    api = Api({**USER, "email_verified": False})
    assert api.find() is None
    api.answer = USER
    assert api.find() is None
    api.now += UNVERIFIED_SECONDS
    assert api.find() == "ada@example.org"


@pytest.mark.parametrize("answer", [Unreachable("status 500"), b"<html>", b"[]", asyncio.sleep])
def test_an_api_that_is_away_is_not_asked_again_for_a_while(answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ASK_SECONDS", 0.01)
    api = Api(answer)
    assert [api.find(), api.find("user_2")] == [None, None]
    assert len(api.asked) == 1
    api.answer, api.now = USER, PAUSE_SECONDS
    assert api.find() == "ada@example.org"


@pytest.mark.parametrize("subject", ["../organizations/1", "user_1?x", "user 1", "", "x" * 300, "é"])
def test_a_subject_cannot_ask_for_anything_else(subject: str) -> None:
    api = Api(USER)
    assert api.find(subject) is None
    assert api.asked == []


def accept(api: Api, **changes: Any) -> str | None:
    settings = IdentitySettings(workos_client_id="client_1")

    async def fetch(url: str) -> bytes:
        return json.dumps(PUBLIC).encode()

    auth = Authenticator(issuers_of(settings, None, fetch, users=api.users), settings, lambda: float(NOW))
    token = sign(iss="https://api.workos.com/user_management/client_1", aud=None, sub="user_1", **changes)
    return asyncio.run(auth.verify(token)).email


def test_a_token_without_an_address_gets_the_verified_one() -> None:
    api = Api(USER)
    assert accept(api) == "ada@example.org"
    assert accept(api, email="eve@example.org") == "ada@example.org"
    assert accept(Api({**USER, "email_verified": False}), email="ada@example.org") is None


def test_a_token_that_carries_a_verified_address_asks_nobody() -> None:
    api = Api(USER)
    assert accept(api, email="a@example.org", email_verified=True) == "a@example.org"
    assert api.asked == []


def test_without_a_key_nobody_is_asked() -> None:
    assert workos_users(IdentitySettings(workos_client_id="client_1"), Api(USER).ask) is None


@pytest.mark.parametrize(
    "issuer",
    [
        "https://api.workos.com",
        "https://auth.example.org/",
        "https://auth.example.org/user_management/client_1",
        "https://api.workos.com/user_management/client_1",
    ],
)
def test_a_custom_domain_signs_too(issuer: str) -> None:
    party = Party(workos_client_id="client_1", workos_api_hostname="auth.example.org")
    party.answers["https://auth.example.org/sso/jwks/client_1"] = PUBLIC
    assert party.accept(sign(iss=issuer, aud=None)).issuer == issuer


@pytest.mark.parametrize("hostname", ["https://api.workos.com", "a b", "a;b", "a/b", "", "user@host", "x:999999"])
def test_a_hostname_is_nothing_else(hostname: str) -> None:
    with pytest.raises(ValueError, match="host name alone"):
        IdentitySettings(workos_client_id="c", workos_api_hostname=hostname)
