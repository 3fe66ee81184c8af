"""Public keys of an issuer: fetched, kept, and fetched again when a token names an unknown key.

Guarantees: one fetch runs at a time, and at most one every few seconds however many tokens need it. Fetched keys keep
working while the key server is unreachable. An unreachable key server is told apart from one that does not have a key.
Only asymmetric keys are accepted.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
import structlog

from connvo.kernel.errors import request_error
from connvo.kernel.http_client import web_client
from connvo.telemetry.logging import describe

if TYPE_CHECKING:
    from jwt import PyJWK

log = structlog.get_logger()

Fetch = Callable[[str], Awaitable[bytes]]
Monotonic = Callable[[], float]

FETCH_SECONDS = 5.0
MAX_BYTES = 1024 * 1024
MAX_KEYS = 100
REFRESH_PAUSE_SECONDS = 5.0
MIN_RSA_BITS = 2048
HTTP_OK = 200

# Type and curve of the keys that an algorithm may be checked with.
KEYS_OF: dict[str, tuple[str, str | None]] = {
    "RS256": ("RSA", None),
    "RS384": ("RSA", None),
    "RS512": ("RSA", None),
    "PS256": ("RSA", None),
    "PS384": ("RSA", None),
    "PS512": ("RSA", None),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
}


class Unreachable(Exception):
    """A failed exchange with another server; the text says why, without this server's addresses."""


class KeySource(Protocol):
    """The source of an issuer's keys."""

    async def find(self, kid: str | None, algorithm: str) -> list["PyJWK"]:
        """Return the keys a token may be signed with; none if the issuer has no such key.

        Raises:
            RequestError: AuthProviderUnreachable, if the keys cannot be fetched.
        """
        ...


class KeySet:
    """The keys of a JWKS document. Entries that cannot verify signatures are skipped."""

    def __init__(self, entries: list[dict[str, object]]) -> None:
        self._entries = [entry for entry in entries[:MAX_KEYS] if _can_verify(entry)]
        self._made: dict[tuple[int, str], PyJWK | None] = {}

    def matching(self, kid: str | None, algorithm: str) -> list["PyJWK"]:
        """Return the keys for an algorithm: the key `kid`, or every matching key for a token that names none."""
        fitting = (
            self._key(position, algorithm)
            for position, entry in enumerate(self._entries)
            if (kid is None or entry.get("kid") == kid) and _fits(entry, algorithm)
        )
        return [key for key in fitting if key is not None]

    async def find(self, kid: str | None, algorithm: str) -> list["PyJWK"]:
        """Return `matching`; local keys need no fetch."""
        return self.matching(kid, algorithm)

    def _key(self, position: int, algorithm: str) -> "PyJWK | None":
        if (position, algorithm) not in self._made:
            self._made[position, algorithm] = _key_of(self._entries[position], algorithm)
        return self._made[position, algorithm]


class RemoteKeys:
    """The keys at an address that `locate` finds. `max_age` in seconds."""

    def __init__(
        self, locate: Callable[[], Awaitable[str]], fetch: Fetch, max_age: float, monotonic: Monotonic = time.monotonic
    ) -> None:
        self._locate = locate
        self._fetch = fetch
        self._max_age = max_age
        self._monotonic = monotonic
        self._keys = KeySet([])
        self._fetched_at = float("-inf")
        self._next_attempt = float("-inf")
        self._failing = False
        self._running: asyncio.Task[None] | None = None

    async def find(self, kid: str | None, algorithm: str) -> list["PyJWK"]:
        """Return the keys a token may be signed with.

        Raises:
            RequestError: AuthProviderUnreachable, if no key matches and the last fetch failed.
        """
        found = self._keys.matching(kid, algorithm)
        stale = self._monotonic() - self._fetched_at > self._max_age
        if found and stale and self._failing:
            self._start()  # in the background: no call waits for a key server that is known to be unreachable
        elif stale or not found:
            await self._refresh()
            found = self._keys.matching(kid, algorithm)
        if not found and self._failing:
            raise request_error("AuthProviderUnreachable")
        return found

    async def _refresh(self) -> None:
        """Fetch the keys, unless that was tried a moment ago; callers share a running fetch."""
        self._start()
        if self._running is not None:
            await asyncio.shield(self._running)

    def _start(self) -> None:
        if self._running is None and self._monotonic() >= self._next_attempt:
            self._running = asyncio.create_task(self._load(), name="jwks")

    async def _load(self) -> None:
        try:
            async with asyncio.timeout(2 * FETCH_SECONDS):
                document = parse_object(await self._fetch(await self._locate()))
            entries = document.get("keys")
            if not isinstance(entries, list):
                raise Unreachable("the key set has no list of keys")
            self._keys = KeySet([entry for entry in entries if isinstance(entry, dict)])
            self._fetched_at = self._monotonic()
            self._failing = False
        except (Unreachable, TimeoutError) as error:
            self._failing = True
            log.warning("auth_keys_unreachable", reason=str(error) or "timeout")
        except Exception as error:
            self._failing = True
            log.error("auth_keys_failed", **describe(error))
        finally:
            self._next_attempt = self._monotonic() + REFRESH_PAUSE_SECONDS
            self._running = None


class Fetcher:
    """A bounded HTTP client, shared by all issuers and created on first use."""

    def __init__(self) -> None:
        self._client: Any = None

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> bytes:
        """Return the body of a 200 answer.

        Raises:
            Unreachable: The exchange failed, the status is another one, or the body is too large.
        """
        status, body = await self._exchange("GET", url, headers or {}, None)
        if status != HTTP_OK:
            raise Unreachable(f"status {status}")
        return body

    async def post(self, url: str, headers: Mapping[str, str], form: Mapping[str, str]) -> tuple[int, bytes]:
        """Send a form; return status and body of the answer, whatever the status.

        Raises:
            Unreachable: The exchange failed, or the body is too large.
        """
        return await self._exchange("POST", url, headers, form)

    async def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None
    ) -> tuple[int, bytes]:
        import httpx2  # not needed by a server that trusts only its own tokens

        if self._client is None:
            self._client = web_client(timeout=FETCH_SECONDS, follow_redirects=False)
        body = bytearray()
        headers = {"accept": "application/json", **headers}
        try:
            async with self._client.stream(method, url, headers=headers, data=form) as response:
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > MAX_BYTES:
                        raise Unreachable(f"more than {MAX_BYTES} bytes")
                return response.status_code, bytes(body)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise Unreachable(type(error).__name__) from None

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None


def at(url: str) -> Callable[[], Awaitable[str]]:
    """Return a `locate` for a fixed address."""

    async def locate() -> str:
        return url

    return locate


def parse_object(body: bytes) -> dict[str, object]:
    """Return the JSON object in a body.

    Raises:
        Unreachable: The body is not a JSON object.
    """
    try:
        return msgspec.json.decode(body, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Unreachable("the answer is not a JSON object") from None


def _can_verify(entry: dict[str, object]) -> bool:
    operations = entry.get("key_ops")
    return entry.get("use", "sig") == "sig" and (not isinstance(operations, list) or "verify" in operations)


def _fits(entry: dict[str, object], algorithm: str) -> bool:
    kind, curve = KEYS_OF[algorithm]
    return (
        entry.get("kty") == kind
        and (curve is None or entry.get("crv") == curve)
        and entry.get("alg", algorithm) == algorithm
    )


def _key_of(entry: dict[str, object], algorithm: str) -> "PyJWK | None":
    from jwt import PyJWK  # the first token loads it, not the start
    from jwt.exceptions import PyJWTError

    try:
        key = PyJWK(entry, algorithm)
    except (PyJWTError, ValueError, TypeError, KeyError) as error:
        log.warning("auth_key_unusable", **describe(error))
        return None
    if KEYS_OF[algorithm][0] == "RSA" and key.key.key_size < MIN_RSA_BITS:
        log.warning("auth_key_unusable", error="RSA key too short")
        return None
    return key
