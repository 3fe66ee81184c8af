"""Whom a TURN server relays to, asked by permissions: nothing is sent to any of the addresses."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TypeAlias

from .report import Outcome, State
from .stun import Endpoint
from .turn import FORBIDDEN, Allocated, Client, Refused

Address: TypeAlias = IPv4Address | IPv6Address

# Permissions are for addresses; the port of the request does not count (RFC 8656, 9).
ANY_PORT = 9
PUBLIC = ("1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "2001:4860:4860::8888")
# Addresses that a TURN server hardly has itself: on its own one members may meet.
PRIVATE = ("10.213.87.5", "172.27.87.5", "192.168.213.5", "100.99.87.5", "fd5e:87::5")
# Nobody is reached there: the machine itself, the metadata of clouds, link-local, IPv4 addresses written as IPv6.
NEVER = (
    "127.0.0.1",
    "169.254.169.254",
    "::1",
    "fe80::1",
    "::ffff:10.0.0.1",
    "::10.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::10.0.0.1",
)
DENIES_ALL = (
    "it denies every public address: look at its `denied-peer-ip` (coturn 4.6 takes `::` there for all addresses, IPv4 "
    "as well) and take the lines of contrib/compose/turnserver.conf"
)
DENIES_US = "take the address out of its `denied-peer-ip`, or members at this network cannot be relayed to"
OPEN_INSIDE = (
    "members can send to machines inside through it: deny them with the `denied-peer-ip` lines of "
    "contrib/compose/turnserver.conf, unless members sit in these networks"
)


async def judge_peers(client: Client, allocated: Allocated, server: Address) -> Outcome | None:
    """Return the fault in whom the relay at `server` may send to, or None.

    Private addresses are nothing to tell of a server that is reached at one itself, nor is anything on loopback.

    Raises:
        LineError, NoRealm, Refused: the server does not answer, or with something else than yes and no.
    """
    version = allocated.relayed.address.version
    public = await _granted(client, _of(version, PUBLIC))
    if not public:
        state: State = "failed" if server.is_global else "warning"
        return Outcome(state, "relays to no public address: only members who all use it reach each other", DENIES_ALL)
    inside = await _granted(client, _forbidden(allocated.relayed.address, server))
    if inside:
        return Outcome("warning", f"relays to {', '.join(map(str, inside))}", OPEN_INSIDE)
    here = allocated.mapped.address if allocated.mapped else None
    if here is not None and here.is_global and here.version == version and not await _granted(client, [here]):
        return Outcome("warning", f"relays to public addresses, but not to {here}, the one of this machine", DENIES_US)
    return None


def _forbidden(own: Address, server: Address) -> list[Address]:
    """Return the addresses that no permission should be granted for; its own is one on which members meet."""
    if server.is_loopback:
        return []
    never, private = _of(own.version, NEVER), _of(own.version, PRIVATE)
    return [address for address in (*never, *(private if server.is_global else ())) if address != own]


def _of(version: int, addresses: Iterable[str]) -> list[Address]:
    return [address for address in map(ip_address, addresses) if address.version == version]


async def _granted(client: Client, addresses: Iterable[Address]) -> list[Address]:
    granted = []
    for address in addresses:
        try:
            await client.permit(Endpoint(address, ANY_PORT))
        except Refused as error:
            if error.code != FORBIDDEN:
                raise
        else:
            granted.append(address)
    return granted
