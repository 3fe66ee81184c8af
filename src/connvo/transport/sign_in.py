"""How a person signs in from a browser: what the page needs to know, and signing in by name with the local issuer.

Owns `/api/auth`. Promises that a name alone makes nobody somebody else: the account follows from a secret that the
browser keeps, and lies where `connvo token` makes none unless asked for. Must not be open once a real issuer is.
"""

import hashlib
import re
import time
from collections.abc import Callable
from typing import Any

import msgspec

from ..domain.people import sign_in_name
from ..kernel.errors import request_error
from ..settings import ANY_AUDIENCE, IdentitySettings
from .http import Handler
from .local_issuer import LocalIssuer
from .reply import Reply, json_reply
from .request import Request

LIFETIME_SECONDS = 12 * 3600.0
MOST_BODY_BYTES = 4096
BODY_SECONDS = 10.0
SUBJECT_PREFIX = "guest:"
SUBJECT_DIGITS = 32
_SECRET = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WORKOS = "https://api.workos.com"


class NamedGuest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who signs in by name. `subject` is a random UUID that only this browser knows."""

    subject: str
    name: str


_decoder = msgspec.json.Decoder(NamedGuest)


class SignIn:
    """The handlers. Without a local issuer there is no signing in by name."""

    def __init__(
        self, settings: IdentitySettings, local: LocalIssuer | None, now: Callable[[], float] = time.time
    ) -> None:
        self._settings = settings
        self._local = local
        self._now = now

    def routes(self) -> dict[str, dict[str, Handler]]:
        """Returns the handlers by exact path and method."""
        routes: dict[str, dict[str, Handler]] = {"/api/auth": {"GET": self._tell}}
        if self._local is not None:
            routes["/api/auth/local"] = {"POST": self._by_name}
        return routes

    async def _tell(self, request: Request) -> Reply:
        return json_reply(way_in(self._settings))

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


def way_in(settings: IdentitySettings) -> dict[str, Any]:
    """Returns how the page signs people in. A real issuer goes before the local one."""
    if settings.workos_client_id:
        return {"mode": "oidc", "issuer": WORKOS, "clientId": settings.workos_client_id}
    if settings.issuer:
        client = None if settings.audience == ANY_AUDIENCE else settings.audience
        return {"mode": "oidc", "issuer": settings.issuer, **({"clientId": client} if client else {})}
    return {"mode": "local"}


def subject_of(secret: str) -> str:
    """Returns the subject of a browser's secret. Others see subjects, so the secret cannot be read from it."""
    return SUBJECT_PREFIX + hashlib.sha256(secret.encode()).hexdigest()[:SUBJECT_DIGITS]
