"""The configuration file of coturn.

Guarantees:
    The relay opens no way into a network: from a public address it relays only to public addresses, and only over UDP.
    It relays to this machine's loopback address only if it serves this machine alone.
"""

from collections.abc import Iterator
from ipaddress import IPv6Address

from .denied_peers import denied
from .plan import Plan

NONCE_SECONDS = 600
# Lifetime of a relay whose client is gone; other clients renew theirs.
ALLOCATION_SECONDS = 600


def configuration(plan: Plan, pid_file: str, user_file: str) -> str:
    """Return the text of the file, which contains the secret."""
    return "\n".join([*_server(plan, pid_file, user_file), *_addresses(plan), *_peers(plan), *_tls(plan)]) + "\n"


def _server(plan: Plan, pid_file: str, user_file: str) -> Iterator[str]:
    yield from ("no-cli", "fingerprint", "no-software-attribute", "no-rfc5780", "no-stun-backward-compatibility")
    yield from ("log-file=stdout", "simple-log", f"pidfile={pid_file}", f"userdb={user_file}")
    yield from ("no-auth-pings", "no-dynamic-ip-list", "no-dynamic-realms")
    yield from ("use-auth-secret", f"static-auth-secret={plan.secret}", f"realm={plan.realm}")
    yield f"stale-nonce={NONCE_SECONDS}"
    yield f"max-allocate-lifetime={ALLOCATION_SECONDS}"
    yield f"user-quota={plan.settings.member_allocations}"
    if plan.settings.bytes_per_second:
        yield f"max-bps={plan.settings.bytes_per_second}"


def _addresses(plan: Plan) -> Iterator[str]:
    settings = plan.settings
    if plan.listen is not None:
        yield f"listening-ip={plan.listen}"
        yield f"relay-ip={plan.listen}"
        if isinstance(plan.listen, IPv6Address):
            # Browsers request no address family, which means IPv4 (RFC 8656, 7.2): there is none here.
            yield "allocation-default-address-family=keep"
    if settings.external_ip is not None and settings.external_ip != plan.own:
        yield f"external-ip={settings.external_ip}/{plan.own}"
    yield f"listening-port={settings.port}"
    yield f"tls-listening-port={settings.tls_port}"
    yield f"min-port={settings.first_relay_port}"
    yield f"max-port={settings.last_relay_port}"


def _peers(plan: Plan) -> Iterator[str]:
    near = plan.reach != "internet" if plan.settings.local_peers is None else plan.settings.local_peers
    ranges = denied(private=not near, loopback=plan.reach != "machine")
    yield from ("no-multicast-peers", "no-tcp-relay")
    yield from (f"denied-peer-ip={addresses}" for addresses in ranges)
    if plan.reach == "machine":
        yield "allow-loopback-peers"
    # Two members who both need the relay meet on its own address.
    yield f"allowed-peer-ip={plan.own}"


def _tls(plan: Plan) -> Iterator[str]:
    if plan.settings.certificate is None or plan.settings.key is None:
        yield from ("no-tls", "no-dtls")
    else:
        yield from ("no-dtls", "no-tlsv1", "no-tlsv1_1")
        yield f"cert={plan.settings.certificate.resolve()}"
        yield f"pkey={plan.settings.key.resolve()}"
