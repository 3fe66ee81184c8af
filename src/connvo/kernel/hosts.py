"""Recognise hosts that are this machine, by name or by address."""

from ipaddress import IPv6Address, ip_address

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
LOOPBACK_DOMAIN = ".localhost"  # RFC 6761, 6.3


def is_loopback(host: str) -> bool:
    """Return whether a host is reachable only from this machine; addresses must have no port and no brackets."""
    name = host.lower()
    if name in LOOPBACK_HOSTS or name.endswith(LOOPBACK_DOMAIN):
        return True
    try:
        address = ip_address(name.partition("%")[0])
    except ValueError:
        return False
    plain = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (plain or address).is_loopback
