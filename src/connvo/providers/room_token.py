"""Room tokens: who may be in which room, in which role, for some minutes.

A JWT (HS256), signed here and checked by whoever runs the room. It is no login: it names another audience than an
identity's token, and opens one room only.
"""

import jwt
import msgspec

from connvo.kernel.errors import Unauthorized

ALGORITHM = "HS256"
ISSUER = "connvo"
AUDIENCE = "connvo-room"
MAX_SKEW_SECONDS = 300.0
MS = 1000.0


class RoomGrant(msgspec.Struct, frozen=True, kw_only=True):
    """What a token grants: one person, one session of theirs or all, one room of one meeting."""

    meeting_id: str
    room_id: str
    provider: str
    user_id: str
    session_id: str | None = None
    role: str


def sign(secret: bytes, grant: RoomGrant, now_ms: float, ttl: float) -> str:
    """Return a token for the grant, valid for `ttl` seconds."""
    issued = int(now_ms / MS)
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": grant.user_id,
        "iat": issued,
        "exp": issued + int(ttl),
        "meeting": grant.meeting_id,
        "room": grant.room_id,
        "provider": grant.provider,
        "session": grant.session_id,
        "role": grant.role,
    }
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, secret, ALGORITHM)


def verify(secret: bytes, token: str, now_ms: float, meeting_id: str) -> RoomGrant:
    """Return what the token grants in this meeting.

    Raises:
        Unauthorized: For a foreign or altered token, one that has expired, and one for another meeting.
    """
    try:
        # Time is the caller's, not the process's: expiry is checked below.
        claims = jwt.decode(
            token,
            secret,
            [ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={
                "verify_exp": False,
                "verify_iat": False,
                "require": ["sub", "exp", "iat", "meeting", "room", "provider", "role"],
            },
        )
    except jwt.InvalidTokenError:
        raise Unauthorized("This is no room token of this server: ask for a new one") from None
    # One of the future was given out before the clock was set back, and would be valid for longer than it says.
    if claims["exp"] <= now_ms / MS or claims["iat"] > now_ms / MS + MAX_SKEW_SECONDS:
        raise Unauthorized("The room token has expired: ask for a new one")
    if claims["meeting"] != meeting_id:
        raise Unauthorized("The room token is for another meeting", meetingId=meeting_id)
    return RoomGrant(
        meeting_id=claims["meeting"],
        room_id=claims["room"],
        provider=claims["provider"],
        user_id=claims["sub"],
        session_id=claims.get("session"),
        role=claims["role"],
    )
