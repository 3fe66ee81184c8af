"""Verification of tokens: from the Authorization header to an identity.

Guarantees:
    - The signature, type, issuer, audience and times of every accepted token were checked, with an algorithm that its
      issuer may use (RFC 8725, OpenID Connect Core 3.1.3.7).
    - Checking a token takes bounded time, and nothing of a refused token is kept.
    - A refused token (401) is told apart from an unreachable key server (503).
    - An identity has an e-mail address only if the issuer verified it.
    - Tokens are neither logged nor stored, only their digests.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from connvo.kernel.errors import request_error
from connvo.kernel.identity import Identity
from connvo.settings import IdentitySettings

from .issuers import Issuer
from .local_issuer import OPERATOR_CLAIM
from .token_refusals import Reason, RefusalLog, TokenRefused, shown_audience, shown_origin

if TYPE_CHECKING:
    from jwt import PyJWS

MAX_TOKEN_CHARS = 16 * 1024
MAX_CLAIM_CHARS = 1024
MAX_SUBJECT_CHARS = 255
MAX_VERIFIED = 10_000
# A token that names no key is tried with this many of its issuer's keys.
MAX_KEYS_TRIED = 8
# Types of tokens that identify a caller (RFC 8725, 3.11), as does a token without a type.
TOKEN_TYPES = frozenset({"jwt", "at+jwt"})
TYPE_PREFIX = "application/"
# Logout tokens and other security events (RFC 8417) carry this claim, and identify no caller.
EVENTS_CLAIM = "events"
DIGEST_DIGITS = 32
# A verified token is trusted this long before its key is checked again.
VERIFIED_SECONDS = 60.0
MS_PER_SECOND = 1000.0
END_OF_TIME = 2.0**53 / MS_PER_SECOND
# Cognito and Apple send `true` as text.
TRUE_TEXT = "true"
STANDARD_VERIFIED_CLAIM = "email_verified"
# Entra ID has written its claim `xms_edov` as true, as 1 and as "1".
NUMBERS_OF_OTHER_CLAIMS = (1, "1")


class Authenticator:
    """The verifier of Authorization headers. `now` is wall time in seconds since the epoch.

    `on_use` is called for every call with a valid token.
    """

    def __init__(
        self,
        issuers: Iterable[Issuer],
        settings: IdentitySettings,
        now: Callable[[], float] = time.time,
        on_use: Callable[[Identity], None] | None = None,
    ) -> None:
        self._issuers = {issuer.name.rstrip("/"): issuer for issuer in issuers}
        self._settings = settings
        self._operators = settings.named_operators
        self._now = now
        self._on_use = on_use
        self._refusals = RefusalLog()
        self._verified: OrderedDict[bytes, tuple[Identity, float]] = OrderedDict()

    async def identify(self, header: bytes | None) -> Identity | None:
        """Return the caller's identity, None without a header.

        Raises:
            RequestError: The token is refused, or its keys cannot be fetched.
        """
        if header is None:
            return None
        return await self.verify(bearer_token(header))

    def has_accepted(self, token: str) -> bool:
        """Return whether a token was accepted recently, so that it is no guess."""
        return len(token) <= MAX_TOKEN_CHARS and _digest(token) in self._verified

    async def verify(self, token: str) -> Identity:
        """Return the identity that a token proves.

        Raises:
            RequestError: The token is refused, or its keys cannot be fetched.
        """
        try:
            identity = await self._verified_identity(token)
        except TokenRefused as refused:
            self._refusals.note(refused)
            raise
        self.record_use(identity)
        return identity

    def record_use(self, identity: Identity) -> None:
        """Record a call with a token that was verified before, as on a socket."""
        if self._on_use is not None:
            self._on_use(identity)

    async def _verified_identity(self, token: str) -> Identity:
        if not token or len(token) > MAX_TOKEN_CHARS or not token.isascii():
            raise _malformed("The bearer token is not a JWT")
        digest = _digest(token)
        known = self._verified.get(digest)
        if known is not None and self._now() < known[1]:
            self._verified.move_to_end(digest)
            return known[0]
        identity = await self._check(token)
        until = min(identity.expires_at / MS_PER_SECOND + self._settings.leeway_seconds, self._now() + VERIFIED_SECONDS)
        self._verified[digest] = (identity, until)
        self._verified.move_to_end(digest)
        if len(self._verified) > MAX_VERIFIED:
            self._verified.popitem(last=False)
        return identity

    async def _check(self, token: str) -> Identity:
        algorithm, kid, kind, claims = _read(token)
        name = claims.get("iss")
        issuer = self._issuers.get(name.rstrip("/")) if isinstance(name, str) else None
        if issuer is None:
            raise TokenRefused(
                "NoAuthProvider", "This server does not know the token's issuer", "unknown issuer",
                issuer=shown_origin(name),
            )  # fmt: skip
        await _check_signature(issuer, token, algorithm, kid)
        _check_kind(issuer, kind, claims)
        if not issuer.accepts_audience(claims.get("aud")):
            message = "The token was made for another audience"
            given = shown_audience(claims.get("aud"))
            raise TokenRefused("NoAuthProvider", message, "wrong audience", issuer=issuer.name, audience=given)
        if not issuer.accepts_client(claims):
            message = "The token was made for another client"
            given = shown_audience(claims.get("azp", claims.get("client_id")))
            raise TokenRefused("NoAuthProvider", message, "wrong client", issuer=issuer.name, client=given)
        expires_at = self._check_times(issuer, claims)
        digest = hashlib.sha256(token.encode()).hexdigest()[:DIGEST_DIGITS]
        identity = self._identity(issuer, str(name), claims, expires_at, digest)
        if identity.email is None and issuer.find_address is not None:
            identity = msgspec.structs.replace(identity, email=await issuer.find_address(identity.subject))
        return identity

    def _check_times(self, issuer: Issuer, claims: dict[str, object]) -> float:
        now, leeway = self._now(), self._settings.leeway_seconds
        expires_at = _time(claims, "exp")
        if expires_at is None:
            raise _not_valid("The token does not say when it expires (`exp`)")
        if now >= expires_at + leeway:
            ago = round(now - expires_at)
            raise _not_valid("The token has expired: get a new one", "expired", issuer=issuer.name, seconds_ago=ago)
        for claim in ("nbf", "iat"):
            start = _time(claims, claim)
            if start is not None and start > now + leeway:
                ahead = round(start - now)
                raise _not_valid(
                    f"The token is not valid yet (`{claim}` lies {ahead} s in the future): its issuer's clock and that "
                    "of this server differ",
                    "not yet valid",
                    issuer=issuer.name,
                    seconds_ahead=ahead,
                )
        return expires_at

    def _identity(
        self, trusted: Issuer, issuer: str, claims: dict[str, object], expires_at: float, digest: str
    ) -> Identity:
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT_CHARS:
            raise _not_valid(f"The token names no user: `sub` takes 1 to {MAX_SUBJECT_CHARS} characters")
        verified = _says_yes(claims, self._settings.email_verified_claim)
        return Identity(
            issuer=issuer,
            subject=subject,
            email=_text(claims, "email") if verified else None,
            name=_text(claims, "name") or _full_name(claims),
            picture=_text(claims, "picture"),
            org_id=_text(claims, self._settings.org_id_claim),
            org_role=_text(claims, self._settings.org_role_claim),
            expires_at=expires_at * MS_PER_SECOND,
            session=_session_of(issuer, subject, claims),
            token=digest,
            issued_at=(_time(claims, "iat") or 0.0) * MS_PER_SECOND,
            authenticated_at=_in_ms(_known_time(claims, "auth_time")),
            operator=(trusted.makes_operators and claims.get(OPERATOR_CLAIM) is True)
            or (trusted.name.rstrip("/"), subject) in self._operators,
        )


def _says_yes(claims: dict[str, object], name: str) -> bool:
    """Return whether a claim says that the address is verified; `email_verified` has to be `true` or "true"."""
    claim = claims.get(name)
    if claim is True or claim == TRUE_TEXT:
        return True
    return name != STANDARD_VERIFIED_CLAIM and not isinstance(claim, list | dict) and claim in NUMBERS_OF_OTHER_CLAIMS


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def bearer_token(header: bytes) -> str:
    """Return the token of an Authorization header.

    Raises:
        RequestError: The scheme is not `Bearer`.
    """
    scheme, _, rest = header.decode("latin-1").strip().partition(" ")
    match scheme.lower():
        case "bearer":
            return rest.strip()
        case "convex":
            raise request_error("BadDeployKey")
        case _:
            raise request_error("InvalidAdminKey", "The Authorization header must be `Bearer` and a JWT")


def _session_of(issuer: str, subject: str, claims: dict[str, object]) -> str:
    """Return the digest of the sign-in that a token belongs to, empty if its issuer does not tell sign-ins apart.

    It is made from the issuer's session (`sid`), else from the time at which the user authenticated. Both stay the same
    when a token is renewed.
    """
    named: object = _text(claims, "sid") or _known_time(claims, "auth_time")
    if named is None:
        return ""
    return hashlib.sha256(f"{issuer}|{subject}|{named}".encode()).hexdigest()[:DIGEST_DIGITS]


def _read(token: str) -> tuple[str, str | None, object, dict[str, object]]:
    """Return algorithm, key id, type and claims of a token, all unverified."""
    from jwt.exceptions import PyJWTError

    try:
        parsed = _jws().decode_complete(token, options={"verify_signature": False})
        claims = msgspec.json.decode(parsed["payload"], type=dict[str, object])
    except (PyJWTError, msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
        raise _malformed("The bearer token is not a JWT") from None
    header = parsed["header"]
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str):
        raise _malformed("The bearer token's header has no `alg`")
    return algorithm, kid if isinstance(kid, str) else None, header.get("typ"), claims


async def _check_signature(issuer: Issuer, token: str, algorithm: str, kid: str | None) -> None:
    def refused(message: str, reason: Reason, **details: object) -> TokenRefused:
        return TokenRefused("InvalidAuthHeader", message, reason, issuer=issuer.name, **details)

    if algorithm not in issuer.algorithms:
        raise refused(
            "The token is signed with an algorithm that this server does not accept from its issuer",
            "algorithm not allowed",
        )
    keys = await issuer.keys.find(kid, algorithm)
    if not keys:
        raise refused(issuer.unknown_key, "unknown key", **issuer.key_details)
    if not any(_signed_with(key, token, algorithm) for key in keys[:MAX_KEYS_TRIED]):
        raise refused("The token's signature is wrong", "bad signature")


def _check_kind(issuer: Issuer, kind: object, claims: dict[str, object]) -> None:
    """Refuse tokens that an issuer signs for other purposes than identifying a caller."""
    named = kind.lower().removeprefix(TYPE_PREFIX) if isinstance(kind, str) else kind
    if (named is not None and named not in TOKEN_TYPES) or EVENTS_CLAIM in claims:
        raise TokenRefused(
            "InvalidAuthHeader", "The token was made for another purpose", "wrong kind of token", issuer=issuer.name
        )


@cache
def _jws() -> "PyJWS":
    from jwt import PyJWS  # the first token loads it, not the start

    return PyJWS()


def _signed_with(key: Any, token: str, algorithm: str) -> bool:
    from jwt.exceptions import InvalidSignatureError, PyJWTError

    try:
        _jws().decode_complete(token, key, algorithms=[algorithm])
    except InvalidSignatureError:
        return False
    except PyJWTError:
        raise _malformed("The bearer token cannot be verified") from None
    return True


def _time(claims: dict[str, object], claim: str) -> float | None:
    value = claims.get(claim)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < END_OF_TIME:
        raise _not_valid(f"`{claim}` of the token is not a time")
    return float(value)


def _known_time(claims: dict[str, object], claim: str) -> float | None:
    """Return an optional time of a token; a value that is not a time counts as absent."""
    value = claims.get(claim)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < END_OF_TIME:
        return None
    return float(value)


def _in_ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * MS_PER_SECOND


def _text(claims: dict[str, object], claim: str) -> str | None:
    value = claims.get(claim)
    return value if isinstance(value, str) and 0 < len(value) <= MAX_CLAIM_CHARS else None


def _full_name(claims: dict[str, object]) -> str | None:
    parts = [part for claim in ("given_name", "family_name") if (part := _text(claims, claim))]
    return " ".join(parts) or None


def _not_valid(message: str, reason: Reason = "claim missing or wrong", **details: object) -> TokenRefused:
    return TokenRefused("Unauthenticated", message, reason, **details)


def _malformed(message: str) -> TokenRefused:
    return TokenRefused("InvalidAuthHeader", message, "malformed")
