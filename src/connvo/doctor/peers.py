"""Checks of the peers that a TURN server relays to, by permissions only: nothing is sent to these addresses."""

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
# Addresses that a TURN server is unlikely to have itself: members may meet on its own address.
PRIVATE = ("10.213.87.5", "172.27.87.5", "192.168.213.5", "100.99.87.5", "fd5e:87::5")
# No member is reached there: the machine itself, cloud metadata, link-local, IPv4 addresses written as IPv6.
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
    "it denies every public address: check its `denied-peer-ip` (coturn 4.6 reads `::` as all addresses, IPv4 "
    "included), and use the lines of contrib/compose/turnserver.conf"
)
DENIES_US = "remove the address from its `denied-peer-ip`, or members in this network cannot be relayed to"
OPEN_INSIDE = (
    "members can send to internal machines through it: deny them with the `denied-peer-ip` lines of "
    "contrib/compose/turnserver.conf, unless members are in these networks"
)


async def judge_peers(client: Client, allocated: Allocated, server: Address) -> Outcome | None:
    """Return a problem with the peers that the relay at `server` may send to, or None.

    Private addresses are not reported for a server at a private address, and nothing is for one on loopback.

    Raises:
        LineError: The server does not answer.
        NoRealm: The server names no realm.
        Refused: The server refuses for another reason than the peer's address.
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
        return Outcome("warning", f"relays to public addresses, but not to {here}, that of this machine", DENIES_US)
    return None


def _forbidden(own: Address, server: Address) -> list[Address]:
    """Return the addresses that no permission should be granted for. Its own is allowed: members meet on it."""
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
