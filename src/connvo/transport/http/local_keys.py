"""The public keys and the discovery document of the local issuer, for services that verify its tokens."""

from connvo.transport.auth.local_issuer import LocalIssuer

from .hosts import host_of
from .request import Request
from .response import Response, json_response
from .router import Handler

FALLBACK_HOST = "localhost"


def key_routes(issuer: LocalIssuer) -> dict[str, dict[str, Handler]]:
    """Return the handlers by exact path and method."""

    async def jwks(request: Request) -> Response:
        return json_response(issuer.jwks())

    async def discovery(request: Request) -> Response:
        host = request.headers.get(b"host", b"").decode("latin-1")
        return json_response(issuer.discovery(f"{request.scheme}://{host if host_of(host) else FALLBACK_HOST}"))

    return {"/.well-known/jwks.json": {"GET": jwks}, "/.well-known/openid-configuration": {"GET": discovery}}
