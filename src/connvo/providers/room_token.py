"""Room tokens: the right of a member to be in a room, in a role, for some minutes.

A token is a JWT (HS256), signed here and verified by the operator of the room. It is not a login: it names another
audience than an identity token, and is valid for one room only.
"""

import msgspec

from connvo.kernel.errors import Unauthorized

ALGORITHM = "HS256"
ISSUER = "connvo"
AUDIENCE = "connvo-room"
MAX_SKEW_SECONDS = 300.0
MS = 1000.0


class RoomGrant(msgspec.Struct, frozen=True, kw_only=True):
    """The grant of a token: one user, one or all of their sessions, one room of one meeting."""

    meeting_id: str
    room_id: str
    provider: str
    user_id: str
    session_id: str | None = None
    role: str


def sign(secret: bytes, grant: RoomGrant, now_ms: float, ttl: float) -> str:
    """Return a token for the grant, valid for `ttl` seconds."""
    import jwt  # the first room token loads it, not the start

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
    """Return the token's grant in this meeting.

    Raises:
        Unauthorized: The token is not from this server, is altered, has expired, or is for another meeting.
    """
    import jwt

    try:
        # The time is the caller's, not the process's: expiry is checked below.
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
        raise Unauthorized("Not a room token of this server: ask for a new one") from None
    # A token from the future was issued before the clock was set back, and would be valid for too long.
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
