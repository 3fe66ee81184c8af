"""Operators see why tokens are refused: at most one line a minute for each reason, without personal data."""

import asyncio
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from structlog.testing import capture_logs

from connvo.kernel.errors import RequestError
from connvo.settings import IdentitySettings
from connvo.telemetry.log_lines import WINDOW_SECONDS
from connvo.transport.auth.authenticator import Authenticator
from connvo.transport.auth.issuers import issuers_of
from connvo.transport.auth.local_issuer import LocalIssuer
from connvo.transport.auth.token_refusals import RefusalLog, TokenRefused, shown_audience, shown_origin

from .test_authenticator import EC, FOREIGN, ISSUER, NOW, PUBLIC, WORKOS_KEYS, Party, claims, sign, unsigned

SUBJECT = "subject-of-a-person"


def lines_of(party: Party, *tokens: str) -> list[dict[str, Any]]:
    with capture_logs() as lines:
        for token in tokens:
            party.refuse(token)
    return [dict(line) for line in lines if line["event"] == "token_refused"]


def test_a_token_of_another_client_is_told() -> None:
    party = Party(workos_client_id="client_1")
    party.answers[WORKOS_KEYS] = PUBLIC
    [line] = lines_of(party, sign(iss="https://api.workos.com", aud=None, client_id="client_2", sub=SUBJECT))
    assert (line["reason"], line["client"]) == ("wrong client", "client_2")
    assert SUBJECT not in str(line)


@pytest.mark.parametrize(
    ("token", "told"),
    [
        ("garbage", {"reason": "malformed"}),
        (sign(iss="https://elsewhere.example/people/ada"), {"reason": "unknown issuer", "issuer": "https://elsewhere.example"}),
        (sign(iss=None), {"reason": "unknown issuer", "issuer": "unreadable"}),
        (sign(aud="another-app"), {"reason": "wrong audience", "issuer": ISSUER, "audience": "another-app"}),
        (sign(exp=NOW - 100), {"reason": "expired", "issuer": ISSUER, "seconds_ago": 100}),
        (sign(iat=NOW + 95), {"reason": "not yet valid", "issuer": ISSUER, "seconds_ahead": 95}),
        (sign(nbf=NOW + 61), {"reason": "not yet valid", "issuer": ISSUER, "seconds_ahead": 61}),
        (sign(kid="rotated-away"), {"reason": "unknown key", "issuer": ISSUER}),
        (sign(FOREIGN), {"reason": "bad signature", "issuer": ISSUER}),
        (sign(algorithm="RS512"), {"reason": "algorithm not allowed", "issuer": ISSUER}),
        (sign(sub=None), {"reason": "claim missing or wrong"}),
        (unsigned({"alg": "none"}, claims()), {"reason": "algorithm not allowed", "issuer": ISSUER}),
    ],
)  # fmt: skip
def test_a_refused_token_leaves_a_line_with_its_reason(token: str, told: dict[str, Any]) -> None:
    assert lines_of(Party(), token) == [{"event": "token_refused", "log_level": "warning", **told}]


def test_a_line_says_nothing_about_the_person() -> None:
    refused = [
        sign(sub=SUBJECT, email="ada@example.org", name="Ada", **change)
        for change in ({"aud": "another"}, {"exp": NOW - 999}, {"iss": f"https://x.example/{SUBJECT}"}, {"kid": "gone"})
    ]
    lines = repr(lines_of(Party(), *refused))
    assert not any(private in lines for private in (SUBJECT, "ada@example.org", "Ada", *refused))


def test_a_token_of_another_data_folder_is_told_apart(tmp_path: Any) -> None:
    local, settings = LocalIssuer.open(tmp_path), IdentitySettings()
    party = Party(local=local, local_issuer=True)
    stranger = LocalIssuer(ec.generate_private_key(ec.SECP256R1()))
    token = stranger.mint("alice", settings, NOW, 60)
    with capture_logs() as lines, pytest.raises(RequestError, match="another data folder") as refused:
        asyncio.run(party.auth.verify(token))
    assert "--data" in refused.value.message and str(tmp_path) not in refused.value.message
    assert [(line["reason"], line["data"]) for line in lines] == [("unknown key", str(tmp_path.resolve()))]


def test_an_accepted_token_leaves_no_line() -> None:
    with capture_logs() as lines:
        Party().accept(sign())
    assert lines == []


def test_a_flood_leaves_a_line_a_minute_with_its_number() -> None:
    now = 0.0
    noted = RefusalLog(lambda: now)
    with capture_logs() as lines:
        for _ in range(1000):
            noted.note(TokenRefused("Unauthenticated", "expired", "expired"))
        noted.note(TokenRefused("InvalidAuthHeader", "malformed", "malformed"))
        now += WINDOW_SECONDS
        noted.note(TokenRefused("Unauthenticated", "expired", "expired"))
        now += WINDOW_SECONDS
        noted.note(TokenRefused("Unauthenticated", "expired", "expired"))
    assert [(line["reason"], line.get("more_since_last_line")) for line in lines] == [
        ("expired", None),
        ("malformed", None),
        ("expired", 999),
        ("expired", None),
    ]


def test_a_key_server_that_is_away_is_no_refusal() -> None:
    async def away(url: str) -> bytes:
        raise RuntimeError("no network")

    settings = IdentitySettings(issuer=ISSUER, audience="our-app", jwks_url=f"{ISSUER}/keys")
    auth = Authenticator(issuers_of(settings, None, away), settings, lambda: float(NOW))
    with capture_logs() as lines, pytest.raises(RequestError) as error:
        asyncio.run(auth.verify(sign(EC, "ES256", "ec")))
    assert error.value.status == 503
    assert not any(line["event"] == "token_refused" for line in lines)


@pytest.mark.parametrize(
    ("issuer", "shown"),
    [
        ("https://id.example.org:8443/realms/ada", "https://id.example.org"),
        ("https://ada:secret@id.example.org/", "https://id.example.org"),
        ("connvo:local", "unreadable"),
        ("https://x\n2026-01-01 [error] forged", "unreadable"),
        ("https://[", "unreadable"),
        ("ada@example.org", "unreadable"),
        ("x" * 5000, "unreadable"),
        (["https://x"], "unreadable"),
    ],
)
def test_an_unknown_issuer_is_shown_by_its_host(issuer: object, shown: str) -> None:
    assert shown_origin(issuer) == shown


@pytest.mark.parametrize(
    ("audience", "shown"),
    [("app", "app"), (["a", "b", 7, "c\n"], "a, b"), (None, "none"), ({}, "none"), ("x" * 500, "x" * 120)],
)
def test_an_audience_fits_on_a_line(audience: object, shown: str) -> None:
    assert shown_audience(audience) == shown
