"""Decide whether a request is one of the operators, who alone see metrics and the details of health.

Guarantees: on the public listener a token proves an operator, and where there is none, only a program on this machine
that asks a server bound to loopback directly: nothing that came through a proxy, nothing a browser sends for a page
of another origin. Their own listener takes whoever reaches it where there is no token, but no page either, also none
whose name was made to lead there. Tokens are compared in constant time.
"""

import hmac
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from connvo.kernel.errors import RequestError, request_error
from connvo.kernel.hosts import is_loopback
from connvo.settings import MetricsSettings
from connvo.transport.addresses import parse_address

from .request import Request
from .same_origin import is_foreign, is_to_known_host

NORMAL_CLOSURE = 1000
BEARER = "bearer"
# Any of these says that a proxy, or a browser for a page of another origin, stands between.
PASSED_ON = (b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip", b"forwarded", b"via", b"origin")
SAME_SITE = (b"none", b"same-origin")


class OperatorAccess:
    """Tells requests of operators from others.

    `host` is the address of the listener; `own_listener` is true for that of the operators, which leaves who may ask to
    its address and the token.
    """

    def __init__(self, settings: MetricsSettings, host: str, own_listener: bool = False) -> None:
        self._token = settings.token.encode() if settings.token else None
        self._host = host.lower()
        self._open = own_listener and self._token is None
        self._loopback = self._token is None and settings.port is None and is_loopback(host)

    def allows(self, request: Request) -> bool:
        """Return whether an operator asks."""
        if self._token is not None:
            return hmac.compare_digest(_bearer(request), self._token)
        if self._open:
            return is_to_known_host(request.headers, self._host) and not is_foreign(request.headers)
        return self._loopback and _is_direct(request)

    def require(self, request: Request) -> None:
        """Let operators pass.

        Raises:
            RequestError: OperatorsOnly.
        """
        if not self.allows(request):
            raise operators_only()


def operators_only() -> RequestError:
    """Return the error of everybody else."""
    return request_error("OperatorsOnly")


async def refuse_socket(
    scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    """Answer a WebSocket at the operators' own listener: there is none."""
    await receive()
    await send({"type": "websocket.close", "code": NORMAL_CLOSURE})


def _bearer(request: Request) -> bytes:
    scheme, _, token = request.headers.get(b"authorization", b"").partition(b" ")
    return token.strip() if scheme.decode("latin-1").lower() == BEARER else b""


def _is_direct(request: Request) -> bool:
    """Return whether a program of this machine asks by itself; proxies keep the name that people typed in `Host`."""
    peer = parse_address(request.peer or "")
    if peer is None or not peer.is_loopback or any(name in request.headers for name in PASSED_ON):
        return False
    if request.headers.get(b"sec-fetch-site", SAME_SITE[0]) not in SAME_SITE:
        return False
    try:
        named = urlsplit(f"//{request.headers.get(b'host', b'').decode('latin-1')}").hostname
    except ValueError:
        return False
    return named is not None and is_loopback(named)
