"""Tokens, forms, documents of providers, webhooks, cursors: nobody is believed without a signature."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given

from connvo.kernel.errors import Invalid, RequestError, Unauthorized
from connvo.providers import room_token
from connvo.providers.room_token import RoomGrant
from connvo.providers.rooms.getstream_events import StreamEvent
from connvo.settings import GetStreamSettings, IdentitySettings
from connvo.store.cursors import CursorCodec
from connvo.store.query import Scan
from connvo.telemetry.metrics import Metrics
from connvo.transport.auth.authenticator import Authenticator
from connvo.transport.auth.discovery import Discovery, faults_of, provider_of
from connvo.transport.auth.issuers import issuers_of
from connvo.transport.auth.jwks import KEYS_OF, KeySet, Unreachable, parse_object
from connvo.transport.auth.local_issuer import ISSUER, LocalIssuer
from connvo.transport.http.sign_in import SignIn
from connvo.transport.http.token_exchange import TokenExchange
from connvo.transport.http.webhooks import GetStreamWebhook

from .mutations import Noise, made, mutated, tries
from .refusals import ask, never, only, run

SECRET = b"s" * 32
SETTINGS = IdentitySettings()
KEY = ec.generate_private_key(ec.SECP256R1())
LOCAL = LocalIssuer(KEY)
KID = LOCAL.jwks()["keys"][0]["kid"]
NOW = 1_800_000_000.0
METRICS = Metrics("1")
HEAD = {"alg": "ES256", "typ": "JWT", "kid": KID, "crit": ["x"], "jku": "http://x", "b64": True}
CLAIMS = {
    "iss": ISSUER, "aud": ["connvo"], "sub": "x", "exp": NOW * 2, "iat": 1, "nbf": 1, "email": "a@b.c",
    "email_verified": True, "name": "x", "picture": "y", "org_id": "z", "role": "w",
}  # fmt: skip
FORMS, JSON = b"application/x-www-form-urlencoded", b"application/json"


def pack(data: bytes) -> str:
    """Return bytes as they are in a token."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _token(noise: Noise) -> str:
    if noise.number(4) == 0:
        given = noise.one((noise.text(), "." * 20_000, f"{noise.text()}.{noise.text()}.{noise.text()}"))
        return str(given).encode("utf-8", "replace").decode()
    return ".".join(pack(part) for part in (noise.message([HEAD]), noise.message([CLAIMS]), noise.data(70)))


@tries(120)
@given(token=made(_token))
def test_tokens_of_strangers(token: str) -> None:
    auth = Authenticator(issuers_of(SETTINGS, LOCAL, never), SETTINGS)
    assert only((RequestError,), lambda: run(auth.verify(token))) is None


@tries(120)
@given(claims=made(lambda noise: noise.changed(CLAIMS)))
def test_claims_that_an_issuer_signed(claims: Any) -> None:
    """Providers put anything into a token: an identity comes of it, or a refusal."""
    payload = json.dumps(claims).encode()
    signed = jwt.api_jws.encode(payload, KEY, "ES256", headers={"kid": KID})
    auth = Authenticator(issuers_of(SETTINGS, LOCAL, never), SETTINGS, now=lambda: NOW)
    identity = only((RequestError,), lambda: run(auth.verify(signed)))
    if identity is not None:
        assert identity.issuer.rstrip("/") == ISSUER
        assert 0 < len(identity.subject) <= 255
        assert identity.email is None or claims["email_verified"] in (True, "true")


@tries(100)
@given(header=made(lambda noise: noise.one((b"Bearer ", b"bearer\t", b"Convex ", b"")) + noise.data(80)))
def test_authorization_headers(header: bytes) -> None:
    auth = Authenticator(issuers_of(SETTINGS, LOCAL, never), SETTINGS)
    assert only((RequestError,), lambda: run(auth.identify(header))) is None


@tries(100)
@given(body=mutated({"subject": "0" * 8 + "-0000" * 3 + "-" + "0" * 12, "name": "Ada"}))
def test_signing_in_by_name(body: bytes) -> None:
    door = SignIn(SETTINGS, LOCAL).routes()["/api/auth/local"]["POST"]
    only((RequestError,), lambda: ask(door, body, JSON))


DOCUMENT = {
    "issuer": "https://id.example",
    "authorization_endpoint": "https://id.example/authorize",
    "token_endpoint": "https://id.example/token",
    "jwks_uri": "https://id.example/keys",
    "scopes_supported": ["openid"],
    "token_endpoint_auth_methods_supported": ["client_secret_basic"],
}
PAGE = "https://us.example"
FORM = {"grant_type": "authorization_code", "code": "c", "redirect_uri": f"{PAGE}/", "code_verifier": "a" * 43}


def _form(noise: Noise) -> bytes:
    if noise.number(3) == 0:
        return noise.data(80)
    given = {**FORM, noise.one(sorted(FORM)): noise.text(), noise.text(): noise.text()}
    return urlencode(given, errors="surrogatepass").encode()


@tries(120)
@given(body=made(_form), origin=made(lambda noise: noise.one((PAGE, noise.text(), "https://us.example.evil"))))
def test_token_requests(body: bytes, origin: str) -> None:
    discovery = Discovery("https://id.example", never)
    discovery.provider = provider_of(DOCUMENT)
    sent: list[Mapping[str, str]] = []

    async def post(url: str, headers: Mapping[str, str], given: Mapping[str, str]) -> tuple[int, bytes]:
        sent.append(given)
        return 200, b"{}"

    door = TokenExchange("page", "secret", discovery, post).routes()["/api/auth/token"]["POST"]
    fields = ((b"origin", origin.encode("utf-8", "replace")), (b"host", b"us.example"))
    only((RequestError,), lambda: ask(door, body, FORMS, *fields))
    for one in sent:
        assert one["grant_type"] == "refresh_token" or (origin == PAGE and one["redirect_uri"] == f"{PAGE}/")


@tries(100)
@given(document=made(lambda noise: noise.changed(DOCUMENT)))
def test_documents_of_providers(document: Any) -> None:
    if isinstance(document, dict):
        faults_of(document)
        provider_of(document)
    only((Unreachable,), lambda: parse_object(json.dumps(document).encode()))


@tries(120)
@given(drawn=made(lambda noise: (noise.changed(LOCAL.jwks()["keys"][0]), noise.one(sorted(KEYS_OF)), noise.one((None, KID)))))  # fmt: skip  # noqa: E501
def test_keys_of_providers(drawn: tuple[Any, str, str | None]) -> None:
    entry, algorithm, kid = drawn
    if isinstance(entry, dict):
        KeySet([entry]).matching(kid, algorithm)


EVENT = {
    "type": "call.recording_ready",
    "created_at": "2027-01-15T08:00:00Z",
    "call_cid": "default:room",
    "egress_id": "e",
    "participant": {"user": {"id": "u"}},
    "call_recording": {"filename": "f", "url": "u", "start_time": "2027-01-15T08:00:00Z", "end_time": 1_800_000_000},
}
JOINED = {**EVENT, "type": "call.session_participant_joined"}


@tries(120)
@given(body=mutated(EVENT, JOINED))
def test_webhooks_of_strangers(body: bytes) -> None:
    assert _told(body, b"0" * 64) == []


def _told(body: bytes, signature: bytes) -> list[StreamEvent]:
    came: list[StreamEvent] = []

    async def receive(event: StreamEvent, digest: str, expires_at: float) -> str:
        came.append(event)
        return "applied"

    settings = GetStreamSettings(api_key="key", api_secret=SECRET.decode())
    (methods,) = GetStreamWebhook(settings, receive, METRICS, now=lambda: NOW).routes().values()
    only((RequestError,), lambda: ask(methods["POST"], body, JSON, (b"x-signature", signature)))
    return came


@tries(120)
@given(body=mutated(EVENT, JOINED))
def test_webhooks_that_are_signed(body: bytes) -> None:
    _told(body, hmac.new(SECRET, body, hashlib.sha256).hexdigest().encode())


@pytest.mark.parametrize("time", ["\u00b2", 10**400], ids=["a small two", "beyond a float"])
def test_times_of_webhooks(time: Any) -> None:
    body = json.dumps({**EVENT, "created_at": time}).encode()
    assert _told(body, hmac.new(SECRET, body, hashlib.sha256).hexdigest().encode()) == []


SCAN = Scan(table="users", index="by_creation", prefix=(), lower=None, upper=None, reverse=False, limit=None)


def _pages(context: bytes = b"context", journal: str | None = None) -> CursorCodec:
    return CursorCodec(SECRET, lambda: context, journal)


@tries(100)
@given(cursor=made(lambda noise: noise.one((noise.text(), base64.urlsafe_b64encode(noise.data(60)).decode()))))
def test_cursors(cursor: str) -> None:
    assert only((Invalid,), lambda: _pages().decode(SCAN, cursor)) is None
    assert _pages(journal=cursor).end(SCAN, None) is None


@tries(100)
@given(noise=made(lambda noise: noise))
def test_cursors_that_were_altered_or_borrowed(noise: Noise) -> None:
    good = _pages().encode(SCAN, '["position"]')
    assert _pages().decode(SCAN, good) == '["position"]'
    assert only((Invalid,), lambda: _pages(b"another").decode(SCAN, good)) is None
    raw = base64.urlsafe_b64decode(good)
    bad = noise.damaged(raw)
    if bad != raw:
        assert only((Invalid,), lambda: _pages().decode(SCAN, base64.urlsafe_b64encode(bad).decode())) is None


GRANT = RoomGrant(meeting_id="m", room_id="r", provider="mesh", user_id="u", role="host")


@tries(100)
@given(token=made(_token), noise=made(lambda noise: noise))
def test_room_tokens(token: str, noise: Noise) -> None:
    now_ms = NOW * 1000
    good = room_token.sign(SECRET, GRANT, now_ms, 60)
    assert room_token.verify(SECRET, good, now_ms, "m") == GRANT
    start = noise.number(len(good) - 2)  # the last letter has bits that mean nothing
    bad = good[:start] + noise.one("aZ0-_.") + good[start + 1 :]
    assert only((Unauthorized,), lambda: room_token.verify(SECRET, token, now_ms, "m")) is None
    if bad != good:
        assert only((Unauthorized,), lambda: room_token.verify(SECRET, bad, now_ms, "m")) is None
    assert only((Unauthorized,), lambda: room_token.verify(SECRET, good, now_ms, "other")) is None
    assert only((Unauthorized,), lambda: room_token.verify(SECRET, good, now_ms + 61_000, "m")) is None
