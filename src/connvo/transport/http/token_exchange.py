"""`/api/auth/token`: adds the client secret to the page's token requests, for providers that insist on one.

The page proves its code by PKCE, as it would to the provider.

Guarantees: the secret is sent only to the provider. Only the page's two grants pass, and a code only with its PKCE
proof and for this page's address. Answers are bounded in time and size.
"""

import asyncio
import base64
import re
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl, quote_plus

import structlog

from connvo.kernel.errors import request_error
from connvo.transport.auth.discovery import Discovery
from connvo.transport.auth.jwks import Unreachable, parse_object

from .request import Request
from .response import Response, json_response
from .router import Handler
from .same_origin import page_origin

log = structlog.get_logger()

PATH = "/api/auth/token"
FORM = b"application/x-www-form-urlencoded"
MAX_BODY_BYTES = 32 * 1024
MAX_ANSWER_BYTES = 128 * 1024
MAX_FIELDS = 20
BODY_SECONDS = 10.0
EXCHANGE_SECONDS = 8.0
MAX_AT_ONCE = 32
# The fields passed on for each grant.
FIELDS = {
    "authorization_code": ("grant_type", "code", "redirect_uri", "code_verifier"),
    "refresh_token": ("grant_type", "refresh_token", "scope"),
}
# RFC 7636, 4.1.
_CODE_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
AWAY = {"error": "temporarily_unavailable", "error_description": "The sign-in provider does not answer."}
SERVER_FAULT = 500

Post = Callable[[str, Mapping[str, str], Mapping[str, str]], Awaitable[tuple[int, bytes]]]


class TokenExchange:
    """The handler. `post` sends a form and raises Unreachable."""

    def __init__(self, client_id: str, client_secret: str, discovery: Discovery, post: Post) -> None:
        self._client_id = client_id
        self._client_secret = client_secret
        self._discovery = discovery
        self._post = post
        self._running = 0

    def routes(self) -> dict[str, dict[str, Handler]]:
        """Return the handlers by exact path and method."""
        return {PATH: {"POST": self._exchange}}

    async def _exchange(self, request: Request) -> Response:
        form = await self._form(request)
        provider = self._discovery.provider
        if provider is None:
            return json_response(AWAY, 503)
        if self._running >= MAX_AT_ONCE:
            raise request_error("TooManyConcurrentRequests")
        headers = {}
        if "client_secret_post" in provider.auth_methods:
            form |= {"client_id": self._client_id, "client_secret": self._client_secret}
        else:
            headers["authorization"] = _basic(self._client_id, self._client_secret)
        self._running += 1
        try:
            async with asyncio.timeout(EXCHANGE_SECONDS):
                status, body = await self._post(provider.token_endpoint, headers, form)
            if len(body) > MAX_ANSWER_BYTES:
                raise Unreachable(f"more than {MAX_ANSWER_BYTES} bytes")
            answer = parse_object(body)
        except (Unreachable, TimeoutError) as error:
            log.warning("auth_token_exchange_failed", reason=str(error) or "timeout")
            return json_response(AWAY, 502)
        finally:
            self._running -= 1
        return json_response(AWAY, 502) if status >= SERVER_FAULT else json_response(answer, status)

    async def _form(self, request: Request) -> dict[str, str]:
        body = await request.body(MAX_BODY_BYTES, BODY_SECONDS)
        try:
            given = dict(parse_qsl(body.decode("ascii"), max_num_fields=MAX_FIELDS))
        except ValueError:
            given = {}
        names = FIELDS.get(given.get("grant_type", ""))
        if names is None or not request.headers.get(b"content-type", b"").startswith(FORM):
            raise request_error("BadJsonBody", "The body must be a token request: a form with a grant type of the page")
        form = {name: given[name] for name in names if name in given}
        if form["grant_type"] == "authorization_code":
            _check_code(form, page_origin(request.headers))
        return form


def _check_code(form: Mapping[str, str], origin: str | None) -> None:
    """Refuse a code that the page at this origin did not ask for.

    Raises:
        RequestError: `code_verifier` or `redirect_uri` is not that of the page.
    """
    if not _CODE_VERIFIER.fullmatch(form.get("code_verifier", "")):
        raise request_error("BadJsonBody", "`code_verifier` must be that of the sign-in (RFC 7636)")
    if origin is None or form.get("redirect_uri") != f"{origin}/":
        raise request_error("BadJsonBody", "`redirect_uri` must be the address of this server's page")


def _basic(client_id: str, secret: str) -> str:
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"
