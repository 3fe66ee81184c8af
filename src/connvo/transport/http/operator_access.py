"""Access of operators to metrics and to the details of health.

Guarantees:
    - On the public listener an operator proves itself by the token. Without a configured token, only a program on this
      machine may ask, directly, at a server bound to loopback. Requests through a proxy, or from a browser for a page
      of another origin, are refused.
    - The operators' own listener without a token accepts any client that reaches it, except pages of other origins,
      including those whose name was rebound to its address.
    - Tokens are compared in constant time.
"""

import hmac

from connvo.kernel.errors import RequestError, request_error
from connvo.kernel.hosts import is_loopback
from connvo.settings import MetricsSettings
from connvo.transport.addresses import parse_address
from connvo.transport.asgi import Receive, Scope, Send

from .hosts import host_of
from .request import Request
from .same_origin import is_foreign, is_to_known_host

NORMAL_CLOSURE = 1000
BEARER = "bearer"
# Each of these shows a proxy, or a browser that asks for a page of another origin.
PASSED_ON = (b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip", b"forwarded", b"via", b"origin")
SAME_SITE = (b"none", b"same-origin")


class OperatorAccess:
    """The check for operators at one listener.

    `host` is the address of the listener. `own_listener` is true for that of the operators, where its address and the
    token decide.
    """

    def __init__(self, settings: MetricsSettings, host: str, own_listener: bool = False) -> None:
        self._token = settings.token.encode() if settings.token else None
        self._host = host.lower()
        self._open = own_listener and self._token is None
        self._loopback = self._token is None and settings.port is None and is_loopback(host)

    def allows(self, request: Request) -> bool:
        """Return whether a request comes from an operator."""
        if self._token is not None:
            return hmac.compare_digest(_bearer(request), self._token)
        if self._open:
            return is_to_known_host(request.headers, self._host) and not is_foreign(request.headers)
        return self._loopback and _is_direct(request)

    def require(self, request: Request) -> None:
        """Refuse a request that does not come from an operator.

        Raises:
            RequestError: OperatorsOnly.
        """
        if not self.allows(request):
            raise operators_only()


def operators_only() -> RequestError:
    """Return the error for clients that are not operators."""
    return request_error("OperatorsOnly")


async def refuse_socket(scope: Scope, receive: Receive, send: Send) -> None:
    """Refuse a WebSocket at the operators' own listener, which serves none."""
    await receive()
    await send({"type": "websocket.close", "code": NORMAL_CLOSURE})


def _bearer(request: Request) -> bytes:
    scheme, _, token = request.headers.get(b"authorization", b"").partition(b" ")
    return token.strip() if scheme.decode("latin-1").lower() == BEARER else b""


def _is_direct(request: Request) -> bool:
    """Return whether a program of this machine asks directly; proxies keep the public name in `Host`."""
    peer = parse_address(request.peer or "")
    if peer is None or not peer.is_loopback or any(name in request.headers for name in PASSED_ON):
        return False
    if request.headers.get(b"sec-fetch-site", SAME_SITE[0]) not in SAME_SITE:
        return False
    named = host_of(request.headers.get(b"host", b"").decode("latin-1"))
    return named is not None and is_loopback(named)
