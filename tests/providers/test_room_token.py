"""Room tokens open one room, for a while, to who holds the right one."""

from typing import Any

import jwt
import msgspec
import pytest

from connvo.kernel.errors import Unauthorized
from connvo.providers.room_token import ALGORITHM, AUDIENCE, ISSUER, RoomGrant, sign, verify

SECRET = b"k" * 64
NOW_MS = 1_800_000_000_000.0
TTL = 600.0
GRANT = RoomGrant(
    meeting_id="m1", room_id="webrtc_m1", provider="webrtc", user_id="u1", session_id="s1", role="participant"
)


def forged(secret: Any = SECRET, algorithm: str | None = ALGORITHM, **changes: Any) -> str:
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "u1",
        "iat": 1_800_000_000,
        "exp": 1_800_000_600,
        "meeting": "m1",
        "room": "webrtc_m1",
        "provider": "webrtc",
        "role": "host",
        **changes,
    }
    return jwt.encode({k: v for k, v in claims.items() if v is not None}, secret, algorithm)


@pytest.mark.parametrize("session", ["s1", None])
def test_a_token_states_its_grants(session: str | None) -> None:
    grant = msgspec.structs.replace(GRANT, session_id=session)
    assert verify(SECRET, sign(SECRET, grant, NOW_MS, TTL), NOW_MS, "m1") == grant


def test_it_holds_until_it_expires() -> None:
    token = sign(SECRET, GRANT, NOW_MS, TTL)
    assert verify(SECRET, token, NOW_MS + TTL * 1000 - 1, "m1") == GRANT
    with pytest.raises(Unauthorized, match="expired"):
        verify(SECRET, token, NOW_MS + TTL * 1000, "m1")


def test_it_is_for_one_meeting() -> None:
    with pytest.raises(Unauthorized, match="another meeting"):
        verify(SECRET, sign(SECRET, GRANT, NOW_MS, TTL), NOW_MS, "m2")


@pytest.mark.parametrize(
    "token",
    [
        "",
        "no token",
        forged(b"x" * 64),
        forged(None, None),
        forged(algorithm="HS384"),
        forged(aud="convex"),
        forged(iss="https://elsewhere.test"),
        forged(sub=None),
        forged(exp=None),
        forged(meeting=None),
        forged(room=None),
        forged(role=None),
    ],
    ids=range(12),
)
def test_anything_else_is_no_room_token(token: str) -> None:
    with pytest.raises(Unauthorized, match="a room token"):
        verify(SECRET, token, NOW_MS, "m1")


def test_the_forger_would_succeed_with_the_key() -> None:
    assert verify(SECRET, forged(), NOW_MS, "m1").role == "host"


def test_a_changed_token_is_refused() -> None:
    head, _, signature = sign(SECRET, GRANT, NOW_MS, TTL).split(".")
    payload = forged().split(".")[1]
    with pytest.raises(Unauthorized):
        verify(SECRET, f"{head}.{payload}.{signature}", NOW_MS, "m1")
