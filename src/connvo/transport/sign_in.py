"""How a person signs in from a browser: what the page needs to know, and signing in by name with the local issuer.

Owns `/api/auth`. Promises that a name alone makes nobody somebody else: the account follows from a secret that the
browser keeps, and lies where `connvo token` makes none unless asked for. Must not be open once a real issuer is.
"""

import hashlib
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from ..domain.people import sign_in_name
from ..kernel.errors import request_error
from ..settings import IdentitySettings
from .discovery import Discovery, Provider
from .http import Handler
from .local_issuer import LocalIssuer
from .reply import Reply, json_reply
from .request import Request
from .token_exchange import PATH as TOKEN_PATH

LOCAL_PATH = "/api/auth/local"
LIFETIME_SECONDS = 12 * 3600.0
MOST_BODY_BYTES = 4096
BODY_SECONDS = 10.0
SUBJECT_PREFIX = "guest:"
SUBJECT_DIGITS = 32
_SECRET = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
GOOGLE = "https://accounts.google.com"
OFFLINE_ACCESS = "offline_access"


class NamedGuest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who signs in by name. `subject` is a random UUID that only this browser knows."""

    subject: str
    name: str


_decoder = msgspec.json.Decoder(NamedGuest)


class SignIn:
    """The handlers. Signing in by name is possible only while the local issuer is the only one."""

    def __init__(
        self,
        settings: IdentitySettings,
        local: LocalIssuer | None,
        now: Callable[[], float] = time.time,
        discovery: Discovery | None = None,
    ) -> None:
        self._settings = settings
        self._local = None if settings.issuer or settings.workos_client_id else local
        self._now = now
        self._discovery = discovery

    def routes(self) -> dict[str, dict[str, Handler]]:
        """Returns the handlers by exact path and method."""
        routes: dict[str, dict[str, Handler]] = {"/api/auth": {"GET": self._tell}}
        if self._local is not None:
            routes[LOCAL_PATH] = {"POST": self._by_name}
        return routes

    async def _tell(self, request: Request) -> Reply:
        return json_reply(way_in(self._settings, None if self._discovery is None else self._discovery.provider))

    async def _by_name(self, request: Request) -> Reply:
        body = await request.body(MOST_BODY_BYTES, BODY_SECONDS)
        try:
            guest = _decoder.decode(body if request.is_json else b"")
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise request_error("BadJsonBody", 'The body has to be JSON: {"subject": …, "name": …}') from error
        name = sign_in_name(guest.name)
        if name is None:
            raise request_error("BadJsonBody", "`name` needs something to see")
        if not _SECRET.fullmatch(guest.subject):
            raise request_error("BadJsonBody", "`subject` has to be a random UUID in lower case")
        if self._local is None:
            raise request_error("NotFound")
        subject = subject_of(guest.subject)
        token = self._local.mint(subject, self._settings, self._now(), LIFETIME_SECONDS, name=name)
        return json_reply({"token": token, "subject": subject})


def way_in(settings: IdentitySettings, provider: Provider | None = None) -> dict[str, Any]:
    """Returns how the page signs people in. A real issuer goes before the local one.

    `endpoints` of an OIDC provider are absent until its discovery document could be read.
    """
    if settings.workos_client_id:
        origin = urlsplit(settings.workos_origin)
        custom = settings.workos_api_hostname != type(settings).model_fields["workos_api_hostname"].default
        return {
            "mode": "workos",
            "clientId": settings.workos_client_id,
            "hostname": origin.hostname,
            "https": origin.scheme == "https",
            **({"port": origin.port} if origin.port else {}),
            # A custom domain may set cookies that the browser sends it; those of a foreign one are blocked.
            "cookies": custom and origin.scheme == "https",
        }
    if settings.issuer:
        client = settings.page_client_id
        return {
            "mode": "oidc",
            "issuer": settings.issuer,
            "scope": scope_of(settings, provider),
            "parameters": parameters_of(settings),
            "otherAccount": _other_account(settings, provider),
            **({"clientId": client} if client else {}),
            **({"endpoints": _endpoints(settings, provider)} if provider else {}),
        }
    return {"mode": "local"}


def scope_of(settings: IdentitySettings, provider: Provider | None) -> str:
    """Returns the scopes to ask for: those of the settings that the provider says it supports.

    Where it does not say, all but `offline_access`, which is asked for only where it is offered.
    """
    wanted = settings.scopes.split()
    if provider is None or not provider.scopes:
        return " ".join(name for name in wanted if name != OFFLINE_ACCESS)
    return " ".join(name for name in wanted if name == "openid" or name in provider.scopes)


def parameters_of(settings: IdentitySettings) -> dict[str, str]:
    """Returns more parameters of the sign-in request. Google gives refresh tokens for one of its own."""
    usual = {"access_type": "offline"} if _is_google(settings) else {}
    return usual | dict(parse_qsl(settings.parameters))


def _other_account(settings: IdentitySettings, provider: Provider | None) -> str:
    """Returns the `prompt` with which a provider lets people choose an account."""
    choosable = _is_google(settings) or (provider is not None and "select_account" in provider.prompts)
    return "select_account" if choosable else "login"


def _is_google(settings: IdentitySettings) -> bool:
    return (settings.issuer or "").rstrip("/") == GOOGLE


def _endpoints(settings: IdentitySettings, provider: Provider) -> dict[str, str]:
    named = {
        "authorization": provider.authorization_endpoint,
        "token": TOKEN_PATH if settings.client_secret else provider.token_endpoint,
        "userinfo": provider.userinfo_endpoint,
        "revocation": None if settings.client_secret else provider.revocation_endpoint,
    }
    return {name: address for name, address in named.items() if address}


def subject_of(secret: str) -> str:
    """Returns the subject of a browser's secret. Others see subjects, so the secret cannot be read from it."""
    return SUBJECT_PREFIX + hashlib.sha256(secret.encode()).hexdigest()[:SUBJECT_DIGITS]
