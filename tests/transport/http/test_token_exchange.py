"""The server adds the secret that a provider requires; a page can neither read it nor have anything else sent."""

import asyncio
import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from connvo.telemetry.metrics import Metrics
from connvo.transport.auth.discovery import Discovery, provider_of
from connvo.transport.auth.jwks import Unreachable
from connvo.transport.http import token_exchange as module
from connvo.transport.http.router import Router
from connvo.transport.http.token_exchange import PATH, TokenExchange
from tests.transport.auth.test_discovery import DOCUMENT, ISSUER

PAGE = "https://us.example"
VERIFIER = "aZ09-._~" * 6
CODE = {
    "grant_type": "authorization_code",
    "code": "c",
    "redirect_uri": f"{PAGE}/",
    "code_verifier": VERIFIER,
}
REFRESH = {"grant_type": "refresh_token", "refresh_token": "r"}
FORM = {"content-type": "application/x-www-form-urlencoded", "origin": PAGE, "host": "us.example"}


class Door:
    """The handler, in front of a provider whose answer the test decides."""

    def __init__(self, answer: Any = (200, b'{"id_token": "t"}'), known: bool = True, **document: Any) -> None:
        self.answer = answer
        self.sent: list[tuple[str, Mapping[str, str], Mapping[str, str]]] = []
        discovery = Discovery(ISSUER, self._never)
        discovery.provider = provider_of({**DOCUMENT, **document}) if known else None
        exchange = TokenExchange("page", "s3:cret", discovery, self._post)
        self.http = TestClient(Router(exchange.routes(), {}, Metrics("1"), self._never, same_origin={PATH}))

    async def _never(self, *given: Any) -> Any:
        raise AssertionError("not asked here")

    async def _post(self, url: str, headers: Mapping[str, str], form: Mapping[str, str]) -> tuple[int, bytes]:
        self.sent.append((url, headers, form))
        if isinstance(self.answer, Exception):
            raise self.answer
        if callable(self.answer):
            await self.answer(3600)
        status, body = tuple(self.answer)
        return status, body

    def ask(self, form: dict[str, str], headers: dict[str, str] = FORM) -> Any:
        return self.http.post("/api/auth/token", content=urlencode(form), headers=headers)


def test_the_secret_goes_to_the_provider_alone() -> None:
    door = Door()
    answer = door.ask({**CODE, "client_id": "eve", "client_secret": "guess", "audience": "other"})
    assert (answer.status_code, answer.json()) == (200, {"id_token": "t"})
    basic = base64.b64encode(b"page:s3%3Acret").decode()
    assert door.sent == [("https://tokens.example.net/token", {"authorization": f"Basic {basic}"}, CODE)]


def test_a_provider_that_takes_the_secret_in_the_form_gets_it_there() -> None:
    door = Door(token_endpoint_auth_methods_supported=["client_secret_post"])
    assert door.ask(REFRESH).status_code == 200
    [(_, headers, form)] = door.sent
    assert headers == {}
    assert form == {
        "grant_type": "refresh_token",
        "refresh_token": "r",
        "client_id": "page",
        "client_secret": "s3:cret",
    }


@pytest.mark.parametrize("grant", ["client_credentials", "password", "", "urn:ietf:params:oauth:grant-type:jwt-bearer"])
def test_no_other_grant_passes(grant: str) -> None:
    door = Door()
    assert door.ask({**CODE, "grant_type": grant}).status_code == 400
    assert door.ask(CODE, {**FORM, "content-type": "text/plain"}).status_code == 400
    assert door.sent == []


@pytest.mark.parametrize(
    "verifier", [None, "", "v", "v" * 42, "v" * 129, "v" * 42 + "é", "v" * 42 + " ", "v" * 42 + "+", "v" * 43 + "\n"]
)
def test_a_code_passes_only_with_its_proof(verifier: str | None) -> None:
    door = Door()
    rest = {name: value for name, value in CODE.items() if name != "code_verifier"}
    refused = door.ask(rest if verifier is None else {**rest, "code_verifier": verifier})
    assert (refused.status_code, door.sent) == (400, [])
    assert "code_verifier" in refused.json()["message"]


@pytest.mark.parametrize("length", [43, 128])
def test_a_proof_has_the_lengths_of_its_standard(length: int) -> None:
    assert Door().ask({**CODE, "code_verifier": "v" * length}).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        PAGE,
        f"{PAGE}/m/1",
        f"{PAGE}/?x",
        "http://us.example/",
        "https://us.example:444/",
        "https://us.example.evil.example/",
        "https://evil.example/",
        "urn:ietf:wg:oauth:2.0:oob",
    ],
)
def test_a_code_passes_only_for_the_address_of_the_page(address: str | None) -> None:
    door = Door()
    rest = {name: value for name, value in CODE.items() if name != "redirect_uri"}
    refused = door.ask(rest if address is None else {**rest, "redirect_uri": address})
    assert (refused.status_code, door.sent) == (400, [])
    assert "redirect_uri" in refused.json()["message"]


@pytest.mark.parametrize(
    ("origin", "more"),
    [
        ("", {}),
        ("null", {}),
        ("https://evil.example", {}),
        ("https://evil.example", {"sec-fetch-site": "cross-site"}),
        (PAGE, {"sec-fetch-site": "cross-site"}),
        (PAGE, {"sec-fetch-site": "same-site"}),
        (PAGE, {"sec-fetch-site": "none"}),
        (PAGE, {"host": "us.example:444"}),
        ("https://[", {}),
        (f"{PAGE}/", {}),
        ("ftp://us.example", {}),
        ("https://eve@us.example", {}),
    ],
)
def test_a_code_passes_only_from_the_page(origin: str, more: dict[str, str]) -> None:
    door = Door()
    headers = {**FORM, "origin": origin, **more}
    assert door.ask({**CODE, "redirect_uri": f"{origin}/"}, headers).status_code == 400
    assert door.sent == []


@pytest.mark.parametrize("more", [{"sec-fetch-site": "same-origin", "host": "backend:8000"}, {"host": "US.example"}])
def test_a_proxy_in_between_is_no_matter(more: dict[str, str]) -> None:
    assert Door().ask(CODE, {**FORM, **more}).status_code == 200


def test_renewing_needs_no_address() -> None:
    assert Door().ask(REFRESH, {"content-type": FORM["content-type"]}).status_code == 200


def test_no_page_of_another_origin_is_let_in() -> None:
    door = Door()
    asking = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    replies = [
        door.http.options(PATH, headers=asking),
        door.http.get(PATH, headers=asking),
        door.ask(REFRESH, {**FORM, "origin": "https://evil.example"}),
        door.ask({}, {**FORM, "origin": "https://evil.example"}),
    ]
    assert [reply.status_code for reply in replies] == [204, 405, 200, 400]
    assert [name for reply in replies for name in reply.headers if name.startswith("access-control")] == []


def test_a_refusal_of_the_provider_is_passed_on() -> None:
    answer = Door((400, b'{"error": "invalid_grant"}')).ask(CODE)
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_grant"})


@pytest.mark.parametrize(
    "answer",
    [
        Unreachable("ConnectError"),
        asyncio.sleep,
        (200, b"<html>"),
        (200, b""),
        (400, b"[]"),
        (503, json.dumps({"error": "server_error"}).encode()),
        (200, b'{"x": "' + b"y" * module.MAX_ANSWER_BYTES + b'"}'),
    ],
)
def test_a_provider_that_fails_is_try_again(answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EXCHANGE_SECONDS", 0.05)
    told = Door(answer).ask(CODE)
    assert (told.status_code, told.json()["error"]) == (502, "temporarily_unavailable")


def test_a_provider_that_was_never_heard_of_is_try_again() -> None:
    assert Door(known=False).ask(CODE).status_code == 503
