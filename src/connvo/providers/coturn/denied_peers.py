"""The addresses that a relay must not send to, in the form that coturn reads.

The generated configuration and `contrib/compose/turnserver.conf` both contain the result of `denied`. Coturn 4.6 reads
the bound `::` as no bound at all, in both families: `denied-peer-ip=::` denies every address. It also compares IPv6
bounds byte by byte. So no range begins at `::`, and below the first byte in which its bounds differ, a range holds
every value.

Guarantees:
    All versions of coturn from 4.6 on read every range alike.
"""

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network

# No member has one of these addresses (IANA's registries of special-purpose addresses).
NEVER = (
    "0.0.0.0/8",
    "168.63.129.16/32",  # Azure's own services, in every virtual network
    "169.254.0.0/16",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",
    # Global unicast is 2000::/3 (RFC 4291, 2.4). Outside of it are loopback, IPv4 addresses written as IPv6 (mapped,
    # compatible, translated, NAT64), link-local, site-local and multicast; fc00::/7 is among the private ones.
    "::/3",
    "4000::/2",
    "8000::/2",
    "c000::/3",
    "e000::/4",
    "f000::/5",
    "f800::/6",
    "fe00::/7",
    # Protocols, Teredo, documentation and 6to4 lie inside 2000::/3.
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
)
PRIVATE = ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
LOOPBACK = ("127.0.0.0/8",)
BYTE_VALUES = 256
GROUP_BITS = 16


def denied(private: bool, loopback: bool) -> Iterator[str]:
    """Yield the ranges to deny. `private` and `loopback`: deny these addresses too."""
    for network in (*NEVER, *(PRIVATE if private else ()), *(LOOPBACK if loopback else ())):
        yield from ranges(ip_network(network))


def ranges(network: IPv4Network | IPv6Network) -> Iterator[str]:
    """Yield the ranges that cover a network, without `::`, which coturn refuses as a peer anyway."""
    first, last = int(network[0]), int(network[-1])
    if isinstance(network, IPv4Network) or first > 0:
        yield f"{network[0]}-{network[-1]}"
        return
    first = 1
    while first <= last:
        end = min(first * BYTE_VALUES - 1, last)
        yield f"{_groups(first)}-{_groups(end)}"
        first *= BYTE_VALUES


def _groups(address: int) -> str:
    """Return an IPv6 address in full, because Python versions abbreviate those with an IPv4 address differently."""
    shifts = range(IPv6Network("::/0").max_prefixlen - GROUP_BITS, -1, -GROUP_BITS)
    return ":".join(f"{address >> shift & 0xFFFF:x}" for shift in shifts)
