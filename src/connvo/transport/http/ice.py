"""The addresses of the STUN and TURN servers, for clients that check whether they can reach them.

Guarantees: no credentials, which only members of a call get. A TURN server that refuses a made-up credential was
reached.
"""

from connvo.settings import IceSettings, split

from .request import Request
from .response import Response, json_response
from .router import Handler


def ice_routes(settings: IceSettings) -> dict[str, dict[str, Handler]]:
    """Return the handlers by exact path and method."""
    urls = [*split(settings.stun_urls), *split(settings.turn_urls)]

    async def tell(request: Request) -> Response:
        return json_response({"urls": urls})

    return {"/api/ice": {"GET": tell}}
