"""The discovery document of a provider is checked and cached, and the page never waits for it."""

import asyncio
import json
from typing import Any

import pytest
from structlog.testing import capture_logs

from connvo.settings import IdentitySettings
from connvo.transport.auth import discovery as module
from connvo.transport.auth.discovery import Discovery, provider_of
from connvo.transport.auth.jwks import Unreachable
from connvo.transport.http.sign_in import scope_of, sign_in_options

ISSUER = "https://id.example.org"
DOCUMENT: dict[str, Any] = {
    "issuer": ISSUER,
    "jwks_uri": f"{ISSUER}/keys",
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": "https://tokens.example.net/token",
    "userinfo_endpoint": "https://people.example.com/me",
    "end_session_endpoint": "https://leave.example.com/out",
    "scopes_supported": ["openid", "email"],
}


class Source:
    """An issuer whose answers the test decides."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked = 0

    async def fetch(self, url: str) -> bytes:
        assert url == f"{ISSUER}/.well-known/openid-configuration"
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer is asyncio.sleep:
            await asyncio.sleep(3600)
        return self.answer if isinstance(self.answer, bytes) else json.dumps(self.answer).encode()


async def heard(source: Source, patience: float = 0.05) -> Discovery:
    discovery = Discovery(ISSUER, source.fetch)
    discovery.start()
    await asyncio.sleep(patience)
    await discovery.stop()
    return discovery


def test_every_host_that_the_page_talks_to_is_known() -> None:
    provider = asyncio.run(heard(Source(DOCUMENT))).provider
    assert provider is not None
    assert provider.origins() == [
        "https://tokens.example.net",
        "https://people.example.com",
        "https://leave.example.com",
    ]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"[" * 100_000,
        {**DOCUMENT, "issuer": "https://elsewhere.example"},
        {**DOCUMENT, "issuer": 7},
        {**DOCUMENT, "token_endpoint": "http://id.example.org/token"},
        {**DOCUMENT, "token_endpoint": "https://a.example; script-src *"},
        {**DOCUMENT, "authorization_endpoint": None},
        Unreachable("status 503"),
        RuntimeError("a fault"),
    ],
)
def test_an_answer_of_no_use_leaves_the_provider_unknown(answer: Any) -> None:
    source = Source(answer)
    assert asyncio.run(heard(source)).provider is None
    assert source.asked == 1


def failures(lines: list[Any]) -> list[str]:
    return [line["reason"] for line in lines if line["event"] == "auth_discovery_failed"]


REQUIRED = ["authorization_endpoint", "token_endpoint"]
OPTIONAL = ["userinfo_endpoint", "revocation_endpoint", "end_session_endpoint"]
SECRET = "ada-and-her-token"


@pytest.mark.parametrize("field", [*REQUIRED, *OPTIONAL])
@pytest.mark.parametrize(
    "address",
    [
        f"http://id.example.org/{SECRET}",
        f"https://a.example/; script-src {SECRET}",
        f"javascript:alert('{SECRET}')",
        f"https://{SECRET}@a.example/",
        f"//a.example/{SECRET}",
        "",
        7,
        [SECRET],
    ],
)
def test_an_endpoint_that_is_refused_is_named_in_the_log(field: str, address: object) -> None:
    with capture_logs() as lines:
        found = asyncio.run(heard(Source({**DOCUMENT, field: address}), 0.01))
    assert failures(lines) == [f"{field} is not an https address that the page may use"]
    assert (found.provider is None) == (field in REQUIRED)
    assert SECRET not in str(lines)


@pytest.mark.parametrize("field", REQUIRED)
def test_an_endpoint_that_is_missing_is_named_in_the_log(field: str) -> None:
    with capture_logs() as lines:
        asyncio.run(heard(Source({**DOCUMENT, field: None}), 0.01))
    assert failures(lines) == [f"{field} is missing"]


def test_a_document_without_the_optional_endpoints_is_right() -> None:
    with capture_logs() as lines:
        asyncio.run(heard(Source({**DOCUMENT, **dict.fromkeys(OPTIONAL)}), 0.01))
    assert lines == []


def test_each_reason_is_written_once_until_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIRST_PAUSE_SECONDS", "MAX_PAUSE_SECONDS", "RENEW_SECONDS"):
        monkeypatch.setattr(module, name, 0)
    bad = {**DOCUMENT, "token_endpoint": "http://id.example.org/token"}
    answers = [bad, bad, Unreachable("status 503"), bad, DOCUMENT, DOCUMENT, bad, bad]

    async def scenario() -> list[Any]:
        done = asyncio.Event()

        async def fetch(url: str) -> bytes:
            if not answers:
                done.set()
                await asyncio.sleep(3600)
            answer = answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return json.dumps(answer).encode()

        discovery = Discovery(ISSUER, fetch)
        with capture_logs() as lines:
            discovery.start()
            await done.wait()
            await discovery.stop()
        return [(line["event"], line.get("reason")) for line in lines]

    refused = ("auth_discovery_failed", "token_endpoint is not an https address that the page may use")
    assert asyncio.run(scenario()) == [
        refused,
        ("auth_discovery_failed", "status 503"),
        ("auth_discovery_works", None),
        refused,
    ]


def test_a_provider_that_answers_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FETCH_SECONDS", 0.01)

    async def scenario() -> None:
        with pytest.raises(Unreachable, match="timeout"):
            await Discovery(ISSUER, Source(asyncio.sleep).fetch).locate_keys()

    asyncio.run(scenario())


def test_a_document_that_was_right_stays_while_the_provider_is_away() -> None:
    async def scenario() -> None:
        source = Source(DOCUMENT)
        discovery = Discovery(ISSUER, source.fetch)
        assert await discovery.locate_keys() == f"{ISSUER}/keys"
        known = discovery.provider
        assert known is not None
        for answer in (Unreachable("away"), {**DOCUMENT, "token_endpoint": "javascript:alert(1)"}):
            source.answer = answer
            discovery.start()
            await asyncio.sleep(0.01)
            await discovery.stop()
            assert discovery.provider == known

    asyncio.run(scenario())


def test_a_provider_that_comes_back_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE_SECONDS", 0.01)

    async def scenario() -> None:
        source = Source(Unreachable("away"))
        discovery = Discovery(ISSUER, source.fetch)
        discovery.start()
        await asyncio.sleep(0.05)
        assert discovery.provider is None
        source.answer = DOCUMENT
        await asyncio.sleep(0.1)
        await discovery.stop()
        assert discovery.provider == provider_of(DOCUMENT)

    asyncio.run(scenario())


# The scopes in the documents of these providers, as far as they matter here.
PROVIDERS: dict[str, tuple[list[str] | None, str]] = {
    "Entra ID": (["openid", "profile", "email", "offline_access"], "openid profile email offline_access"),
    "Google": (["openid", "email", "profile"], "openid profile email"),
    "GitLab": (["api", "read_user", "openid", "profile", "email"], "openid profile email"),
    "Keycloak": (["openid", "offline_access", "profile", "email", "roles"], "openid profile email offline_access"),
    "Auth0": (["openid", "profile", "offline_access", "name", "email"], "openid profile email offline_access"),
    "authentik": (["openid", "email", "profile"], "openid profile email"),
    "Cognito": (["openid", "email", "phone", "profile"], "openid profile email"),
    "one without openid in its list": (["email"], "openid email"),
    "one that does not say": (None, "openid profile email"),
}


@pytest.mark.parametrize(("supported", "asked"), PROVIDERS.values(), ids=PROVIDERS)
def test_only_scopes_that_a_provider_supports_are_asked_for(supported: list[str] | None, asked: str) -> None:
    document = {**DOCUMENT, "scopes_supported": supported}
    assert scope_of(IdentitySettings(), provider_of(document)) == asked


def test_the_page_is_told_the_endpoints_and_how_to_choose_an_account() -> None:
    settings = IdentitySettings(issuer=ISSUER, client_id="page")
    provider = provider_of({**DOCUMENT, "prompt_values_supported": ["none", "login", "select_account"]})
    told = sign_in_options(settings, provider)
    assert told["endpoints"] == {
        "authorization": f"{ISSUER}/authorize",
        "token": "https://tokens.example.net/token",
        "userinfo": "https://people.example.com/me",
    }
    assert told["otherAccount"] == "select_account"
    assert sign_in_options(settings, provider_of(DOCUMENT))["otherAccount"] == "login"


def test_a_secret_stays_on_the_server() -> None:
    settings = IdentitySettings(issuer=ISSUER, client_id="page", client_secret="hidden")
    told: Any = sign_in_options(settings, provider_of(DOCUMENT))
    assert told["endpoints"]["token"] == "/api/auth/token"
    assert "hidden" not in json.dumps(told)


@pytest.mark.parametrize("names", [None, "openid", [7, None, "", "x" * 200], [["openid"]], {"openid": 1}])
def test_odd_lists_count_as_empty(names: Any) -> None:
    provider = provider_of({**DOCUMENT, "scopes_supported": names})
    assert provider is not None and provider.scopes == ()


def test_nothing_waits_for_a_provider_that_is_slow() -> None:
    async def scenario() -> None:
        discovery = Discovery(ISSUER, Source(asyncio.sleep).fetch)
        async with asyncio.timeout(1):
            discovery.start()
            await asyncio.sleep(0)
            assert discovery.provider is None
            await discovery.stop()

    asyncio.run(scenario())
