"""The discovery document of an OIDC provider: checked, kept, and renewed in the background.

Guarantees: only requests that need its keys wait for a provider. The last valid document stays in use while the
provider is unreachable. An address reaches the page only if it is https (or http on this machine) and consists of
characters that are safe in a header.
"""

import asyncio
from collections.abc import Iterable, Mapping

import msgspec
import structlog

from connvo.transport.origins import origin_of, usable_address

from .jwks import FETCH_SECONDS, Fetch, Unreachable, parse_object

log = structlog.get_logger()

DISCOVERY_PATH = "/.well-known/openid-configuration"
RENEW_SECONDS = 3600.0
FIRST_PAUSE_SECONDS = 2.0
MAX_PAUSE_SECONDS = 60.0
NEEDED = ("authorization_endpoint", "token_endpoint")
ENDPOINTS = (*NEEDED, "userinfo_endpoint", "revocation_endpoint", "end_session_endpoint")
MAX_NAMES = 100
MAX_NAME_CHARS = 100


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a document that the page needs. An unusable endpoint is absent."""

    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str | None = None
    revocation_endpoint: str | None = None
    end_session_endpoint: str | None = None
    scopes: tuple[str, ...] = ()
    prompts: tuple[str, ...] = ()
    auth_methods: tuple[str, ...] = ()

    def origins(self) -> list[str]:
        """Return the origins that the page connects to, each once."""
        used = (self.token_endpoint, self.userinfo_endpoint, self.revocation_endpoint, self.end_session_endpoint)
        return list(dict.fromkeys(origin_of(address) for address in used if address is not None))


class Discovery:
    """The document of one issuer. `provider` is None until a document with usable endpoints was read."""

    def __init__(self, issuer: str, fetch: Fetch) -> None:
        self._issuer = issuer
        self._fetch = fetch
        self._task: asyncio.Task[None] | None = None
        self._failing = False
        self.provider: Provider | None = None

    async def locate_keys(self) -> str:
        """Return the address of the key set.

        Raises:
            Unreachable: The document cannot be read, or has no `jwks_uri`.
        """
        document = await self._load()
        url = document.get("jwks_uri")
        if not isinstance(url, str) or not url.startswith(("https://", "http://")):
            raise Unreachable("the discovery document has no jwks_uri")
        return url

    def start(self) -> None:
        """Start renewing the document in the background."""
        self._task = asyncio.create_task(self._renew(), name="discovery")

    async def stop(self) -> None:
        """Stop the background task."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    async def _renew(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        logged: set[str] = set()
        while True:
            works, faults = await self._attempt()
            for reason in faults:
                if reason not in logged:
                    log.warning("auth_discovery_failed", issuer=self._issuer, reason=reason)
            logged.update(faults)
            if not works:
                self._failing = True
                await asyncio.sleep(pause)
                pause = min(2 * pause, MAX_PAUSE_SECONDS)
                continue
            if self._failing:
                log.info("auth_discovery_works", issuer=self._issuer)
            self._failing = False
            logged.intersection_update(faults)
            pause = FIRST_PAUSE_SECONDS
            await asyncio.sleep(RENEW_SECONDS)

    async def _attempt(self) -> tuple[bool, list[str]]:
        """Read the document; return whether the page can use it, and its faults."""
        try:
            document = await self._load()
        except Exception as error:
            return False, [str(error) if isinstance(error, Unreachable) else type(error).__name__]
        return provider_of(document) is not None, faults_of(document)

    async def _load(self) -> dict[str, object]:
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                document = parse_object(await self._fetch(self._issuer.rstrip("/") + DISCOVERY_PATH))
        except TimeoutError:
            raise Unreachable("timeout") from None
        named = document.get("issuer")
        if not isinstance(named, str) or named.rstrip("/") != self._issuer.rstrip("/"):
            raise Unreachable("the discovery document names another issuer")
        self.provider = provider_of(document) or self.provider
        return document


def provider_of(document: Mapping[str, object]) -> Provider | None:
    """Return the usable part of a discovery document; None without the two endpoints that signing in needs."""
    authorization, token = (usable_address(document.get(name)) for name in NEEDED)
    if authorization is None or token is None:
        return None
    return Provider(
        authorization_endpoint=authorization,
        token_endpoint=token,
        userinfo_endpoint=usable_address(document.get("userinfo_endpoint")),
        revocation_endpoint=usable_address(document.get("revocation_endpoint")),
        end_session_endpoint=usable_address(document.get("end_session_endpoint")),
        scopes=_names(document.get("scopes_supported")),
        prompts=_names(document.get("prompt_values_supported")),
        auth_methods=_names(document.get("token_endpoint_auth_methods_supported")),
    )


def faults_of(document: Mapping[str, object]) -> list[str]:
    """Return the faults of a discovery document's endpoints: their names, never their values."""
    faults = []
    for name in ENDPOINTS:
        value = document.get(name)
        if value is None and name in NEEDED:
            faults.append(f"{name} is missing")
        elif value is not None and usable_address(value) is None:
            faults.append(f"{name} is not an https address that the page may use")
    return faults


def _names(value: object) -> tuple[str, ...]:
    listed: Iterable[object] = value[:MAX_NAMES] if isinstance(value, list) else ()
    return tuple(name for name in listed if isinstance(name, str) and 0 < len(name) <= MAX_NAME_CHARS)
