"""WorkOS: the issuer names under which it signs, and verified e-mail addresses from its API.

Access tokens of WorkOS carry no e-mail address unless a JWT template adds it. With an API key the server fetches it.

Guarantees: an answer counts only for the user it was asked for. An unreachable API delays one sign-in by a few seconds,
not each.
"""

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

import structlog

from connvo.settings import IdentitySettings

from .jwks import Monotonic, Unreachable, parse_object

log = structlog.get_logger()

API = "https://api.workos.com"
WORKOS_ALGORITHMS = frozenset({"RS256"})
ASK_SECONDS = 3.0
# A verified address stays with its user; an unverified one may be verified any moment.
VERIFIED_SECONDS = 3600.0
UNVERIFIED_SECONDS = 60.0
PAUSE_SECONDS = 30.0
MAX_USERS = 10_000
MAX_ADDRESS_CHARS = 254
_USER_ID = re.compile(r"[A-Za-z0-9_]{1,255}")

Ask = Callable[[str, dict[str, str]], Awaitable[bytes]]


def issuer_names(origin: str, client_id: str) -> list[str]:
    """Return each possible `iss` of a client's tokens: under the API's host, and under a custom domain."""
    return [f"{base}{path}" for base in dict.fromkeys((API, origin)) for path in ("", f"/user_management/{client_id}")]


def workos_users(settings: IdentitySettings, ask: Ask) -> "WorkosUsers | None":
    """Return the users of the API, if the settings have a key for it."""
    if not settings.workos_client_id or not settings.workos_api_key:
        return None
    return WorkosUsers(settings.workos_origin, settings.workos_api_key, ask)


class WorkosUsers:
    """Verified e-mail addresses by user id. `ask` fetches a URL with headers and raises Unreachable."""

    def __init__(self, origin: str, api_key: str, ask: Ask, monotonic: Monotonic = time.monotonic) -> None:
        self._origin = origin
        self._headers = {"authorization": f"Bearer {api_key}"}
        self._ask = ask
        self._monotonic = monotonic
        self._known: OrderedDict[str, tuple[str | None, float]] = OrderedDict()
        self._paused_until = float("-inf")

    async def verified_address(self, user_id: str) -> str | None:
        """Return the e-mail address that WorkOS verified for a user; None without one, or if WorkOS does not answer."""
        now = self._monotonic()
        known = self._known.get(user_id)
        if known is not None and now < known[1]:
            return known[0]
        if now < self._paused_until or not _USER_ID.fullmatch(user_id):
            return None
        try:
            async with asyncio.timeout(ASK_SECONDS):
                body = await self._ask(f"{self._origin}/user_management/users/{user_id}", self._headers)
            address = _verified_address(parse_object(body), user_id)
        except (Unreachable, TimeoutError) as error:
            self._paused_until = now + PAUSE_SECONDS
            log.warning("workos_user_unreachable", reason=str(error) or "timeout")
            return None
        self._keep(user_id, address, now + (VERIFIED_SECONDS if address else UNVERIFIED_SECONDS))
        return address

    def _keep(self, user_id: str, address: str | None, until: float) -> None:
        self._known[user_id] = (address, until)
        self._known.move_to_end(user_id)
        if len(self._known) > MAX_USERS:
            self._known.popitem(last=False)


def _verified_address(user: dict[str, object], user_id: str) -> str | None:
    address = user.get("email")
    if user.get("id") != user_id or user.get("email_verified") is not True or not isinstance(address, str):
        return None
    return address if 0 < len(address) <= MAX_ADDRESS_CHARS else None
