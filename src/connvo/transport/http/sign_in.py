"""Sign-in from a browser: the options for the page, and sign-in by name with the local issuer.

Owns `/api/auth`.

Guarantees:
    - A name gives no access to another user's account. The account follows from a secret that the browser keeps, and
      its subjects differ from those of `connvo token` unless asked for.
    - Pages of other origins cannot sign a user in.
    - Only this machine's own addresses are served unless the operator opens the server.
    - One network can make a bounded number of accounts.
    - With a real issuer there is no sign-in by name.
"""

import hashlib
import math
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Literal, TypeAlias
from urllib.parse import parse_qsl, urlsplit

import msgspec
import structlog

from connvo.kernel.errors import request_error
from connvo.rules.users import sign_in_name
from connvo.settings import IdentitySettings
from connvo.transport.auth.discovery import Discovery, Provider
from connvo.transport.auth.local_issuer import LocalIssuer
from connvo.transport.budgets import RateBudget

from .request import Request
from .response import Response, json_response
from .router import Handler
from .same_origin import is_foreign, is_remote
from .token_exchange import PATH as TOKEN_PATH

log = structlog.get_logger()

SIGN_IN_OPTIONS_PATH = "/api/auth"
NAME_PATH = "/api/auth/local"
EVERYWHERE = ""
LIFETIME_SECONDS = 12 * 3600.0
MAX_BODY_BYTES = 4096
BODY_SECONDS = 10.0
SUBJECT_PREFIX = "guest:"
SUBJECT_DIGITS = 32
MAX_REMEMBERED = 10_000
MINUTE_SECONDS = 60.0
DAY_SECONDS = 24 * 3600.0
_SECRET = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
GOOGLE = "https://accounts.google.com"
OFFLINE_ACCESS = "offline_access"

# Whether a token's account is new or known, or its sign-in was ended.
Standing: TypeAlias = Literal["new", "known", "ended"]


class NamedGuest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request to sign in by name. `subject` is a random UUID that only this browser knows.

    `session` is another random UUID for this sign-in, as one browser may have several; without it every token is a
    separate sign-in.
    """

    subject: str
    name: str
    session: str | None = None


_decoder = msgspec.json.Decoder(NamedGuest)


class SignIn:
    """The handlers. Signing in by name is possible only while the local issuer is the only one.

    `standing` returns the standing of a token that was just made.
    """

    def __init__(
        self,
        settings: IdentitySettings,
        local: LocalIssuer | None,
        now: Callable[[], float] = time.time,
        discovery: Discovery | None = None,
        standing: Callable[[str], Awaitable[Standing]] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._local = local if settings.by_name else None
        self._now = now
        self._discovery = discovery
        self._standing = standing
        self._budget = NewAccounts(settings, monotonic)
        self._told_of_proxy = False

    def routes(self) -> dict[str, dict[str, Handler]]:
        """Return the handlers by exact path and method."""
        routes: dict[str, dict[str, Handler]] = {SIGN_IN_OPTIONS_PATH: {"GET": self._tell}}
        if self._local is not None:
            routes[NAME_PATH] = {"POST": self._by_name}
        return routes

    async def _tell(self, request: Request) -> Response:
        options = sign_in_options(self._settings, None if self._discovery is None else self._discovery.provider)
        if self._local is not None and self._settings.open:
            options["open"] = True
        elif self._local is not None and self._is_closed(request):
            options["closed"] = True
        return json_response(options)

    def _is_closed(self, request: Request) -> bool:
        """Return whether a request comes from outside this machine while the server is not open to others."""
        if self._settings.open or not is_remote(request.headers):
            return False
        if not self._told_of_proxy:
            self._told_of_proxy = True
            log.warning("auth_not_open", hint="set an issuer, or CONNVO_AUTH_OPEN=true to accept any client's name")
        return True

    async def _by_name(self, request: Request) -> Response:
        if is_foreign(request.headers):
            raise request_error("ForeignOrigin")
        if self._is_closed(request):
            raise request_error("NotOpen")
        guest, name = await self._guest(request)
        if self._local is None:
            raise request_error("NotFound")
        subject = subject_of(guest.subject)
        token = self._local.mint(
            subject, self._settings, self._now(), LIFETIME_SECONDS, name=name, session=guest.session
        )
        standing: Standing = "new" if self._standing is None else await self._standing(token)
        if standing == "ended":
            raise request_error("SignInEnded")
        if standing == "new":
            self._budget.charge(request.client, subject)
        return json_response({"token": token, "subject": subject})

    async def _guest(self, request: Request) -> tuple[NamedGuest, str]:
        body = await request.body(MAX_BODY_BYTES, BODY_SECONDS)
        try:
            guest = _decoder.decode(body if request.is_json else b"")
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise request_error("BadJsonBody", 'The body must be JSON: {"subject": …, "name": …}') from error
        name = sign_in_name(guest.name)
        if name is None:
            raise request_error("BadJsonBody", "`name` must contain visible characters")
        if not _SECRET.fullmatch(guest.subject):
            raise request_error("BadJsonBody", "`subject` must be a random UUID in lower case")
        if guest.session is not None and not _SECRET.fullmatch(guest.session):
            raise request_error("BadJsonBody", "`session` must be a random UUID in lower case")
        return guest, name


class NewAccounts:
    """The limit of accounts by name that one network may make: a burst, a rate a minute, and a number a day.

    All networks together have a limit too: each new account costs a signature and some writes.
    """

    def __init__(self, settings: IdentitySettings, monotonic: Callable[[], float]) -> None:
        per_second = settings.name_per_minute / MINUTE_SECONDS
        self._minutes = RateBudget(settings.name_burst, per_second, monotonic=monotonic)
        self._days = RateBudget(settings.name_per_day, settings.name_per_day / DAY_SECONDS, monotonic=monotonic)
        self._all = RateBudget(settings.name_total_burst, settings.name_total_per_second, monotonic=monotonic)
        self._counted: OrderedDict[str, None] = OrderedDict()

    def charge(self, network: str, subject: str) -> None:
        """Count a new account of a network; the same account again costs nothing.

        Raises:
            RequestError: TooManyRequests, with the seconds to wait.
        """
        if subject in self._counted:
            return
        wait = self._minutes.wait(network) or self._days.wait(network)
        whose = "from your network" if wait > 0 else "at once"
        # A network pays only for accounts that are made, and its refused attempts do not use up the shared limit.
        wait = wait or self._all.take(EVERYWHERE)
        if wait > 0:
            message = f"Too many people signed in {whose}; try again in {math.ceil(wait)} s"
            raise request_error("TooManyRequests", message, wait)
        self._minutes.take(network)
        self._days.take(network)
        self._counted[subject] = None
        if len(self._counted) > MAX_REMEMBERED:
            self._counted.popitem(last=False)


def sign_in_options(settings: IdentitySettings, provider: Provider | None = None) -> dict[str, object]:
    """Return how the page signs users in. A real issuer takes precedence over the local one.

    `endpoints` of an OIDC provider are absent until its discovery document was read.
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
            # Browsers send cookies to a custom domain, and block those of a foreign one.
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
    """Return the scopes to request: those of the settings that the provider says it supports.

    If it does not say, all except `offline_access`, which is requested only where it is offered.
    """
    wanted = settings.scopes.split()
    if provider is None or not provider.scopes:
        return " ".join(name for name in wanted if name != OFFLINE_ACCESS)
    return " ".join(name for name in wanted if name == "openid" or name in provider.scopes)


def parameters_of(settings: IdentitySettings) -> dict[str, str]:
    """Return further parameters of the sign-in request. Google needs its own for refresh tokens."""
    usual = {"access_type": "offline"} if _is_google(settings) else {}
    return usual | dict(parse_qsl(settings.parameters))


def _other_account(settings: IdentitySettings, provider: Provider | None) -> str:
    """Return the `prompt` with which a provider lets users choose an account."""
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
    """Return the subject of a browser's secret. Other users see subjects, so it does not reveal the secret."""
    return SUBJECT_PREFIX + hashlib.sha256(secret.encode()).hexdigest()[:SUBJECT_DIGITS]
