"""The network that a request comes from: the key under which clients without a token are counted.

Guarantees: no client chooses its own key. A forwarded address counts only if a trusted proxy named it. All addresses
of one IPv6 subscriber (a /64, RFC 6177) share a key.
"""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

import structlog

log = structlog.get_logger()

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

SUBSCRIBER_PREFIX = 64
UNKNOWN = "unknown"
FORWARDED_FOR = b"x-forwarded-for"


class ClientAddresses:
    """The client networks of a server. `trusted` are the networks of its own proxies, in CIDR notation."""

    def __init__(self, trusted: Iterable[str] = ()) -> None:
        self._trusted: list[Network] = [ip_network(network) for network in trusted]
        self._has_warned = False

    def key(self, peer: str | None, headers: Mapping[bytes, bytes]) -> str:
        """Return the key of a request: `peer` is the address that connected, `headers` have lower-case names.

        Proxies append the address that connected to them, so the last address that is not a trusted proxy is the
        client's.
        """
        address = self.address(peer, headers)
        return UNKNOWN if address is None else network_of(address)

    def address(self, peer: str | None, headers: Mapping[bytes, bytes]) -> Address | None:
        """Return the address of a request's client, None if the peer has no address."""
        address = parse_address(peer or "")
        if address is None:
            return None
        if not self.is_proxy(address):
            if not self._has_warned and FORWARDED_FOR in headers and not address.is_global:
                self._warn_of_unnamed_proxy(address)
            return address
        for named in reversed(headers.get(FORWARDED_FOR, b"").decode("latin-1").split(",")):
            forwarded = parse_address(named)
            if forwarded is None:
                break
            address = forwarded
            if not self.is_proxy(address):
                break
        return address

    def key_of(self, client: tuple[str, int] | None, headers: Mapping[bytes, bytes]) -> str:
        """Return the key of an ASGI scope's `client`, which is an address and a port."""
        return self.key(client[0] if client else None, headers)

    def _warn_of_unnamed_proxy(self, address: Address) -> None:
        """Warn the operator once: all clients behind an unlisted proxy count as one network."""
        self._has_warned = True
        log.warning("forwarded_for_ignored", proxy=str(address), setting="CONNVO_TRUSTED_PROXIES")

    def is_proxy(self, address: Address) -> bool:
        """Return whether an address belongs to a trusted proxy."""
        return any(address in network for network in self._trusted)


DIRECT = ClientAddresses()  # trusts no proxy


def network_of(address: Address) -> str:
    """Return the key of an address: the whole of IPv4, the /64 of IPv6."""
    if address.version == 4:
        return str(address)
    return str(ip_network((int(address), SUBSCRIBER_PREFIX), strict=False))


def parse_address(text: str) -> Address | None:
    """Parse an address as a peer or a proxy writes it; return None for anything else.

    Ports and brackets are dropped, and an IPv4 address mapped into IPv6 becomes an IPv4 address.
    """
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
