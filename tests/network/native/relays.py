"""Which STUN and TURN servers to use: aiortc takes the first of each kind, so that has to be one that works here."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from connvo.demo.answers import Answer, IceServer
from connvo.doctor.line import LineError, opened, places_of
from connvo.doctor.turn import Client

UDP, TCP = "udp", "tcp"
CONNECT_SECONDS = 1.0


class IceSetup(Answer, frozen=True):
    """The answer of getICEServers."""

    ice_servers: list[IceServer]
    ice_transport_policy: Literal["all", "relay"]

    @property
    def relay_only(self) -> bool:
        """Whether media may take no way but a relay."""
        return self.ice_transport_policy == "relay"

    @property
    def relays_by(self) -> str:
        """How the first relay is reached: udp or tcp."""
        return "tcp" if any(url.endswith(TCP) for server in self.ice_servers for url in _urls(server)[:1]) else UDP


async def usable(servers: Sequence[IceServer]) -> list[IceServer]:
    """Return the servers by way of UDP where that comes through, else those by way of TCP."""
    asked = next((url for server in servers for url in _urls(server) if url.endswith(UDP)), None)
    by_udp = asked is None or await _comes_through(asked)
    return [kept for server in servers if (kept := _by(server, by_udp)).urls]


def _urls(server: IceServer) -> list[str]:
    return [server.urls] if isinstance(server.urls, str) else server.urls


def _by(server: IceServer, udp: bool) -> IceServer:
    urls = [url for url in _urls(server) if (url.startswith("stun:") or url.endswith(UDP)) == udp]
    return msgspec.structs.replace(server, urls=urls)


async def _comes_through(url: str) -> bool:
    """Return whether anything comes back; a server that is down just now is no sign that UDP is blocked."""
    try:
        places = await places_of(url, CONNECT_SECONDS)
        async with opened(places[0], CONNECT_SECONDS) as line:
            await Client(line).bind()
    except LineError as error:
        return error.cause != "silent"
    return True
