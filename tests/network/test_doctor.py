"""`connvo doctor` beside a TURN server whose relays a firewall lets nobody reach: it says so, and what repairs it."""

import subprocess
from collections.abc import Iterator

import pytest

from connvo.doctor.report import Finding
from tests.doctor.conftest import SECRET, ask
from tests.support.coturn import Coturn, Ports
from tests.support.net import Host, Network

PORTS = Ports(3478, 5349, 50_000, 50_040)
RELAYS = range(PORTS.first, PORTS.last + 1)
OPEN_IT = "open the whole relay range (`min-port` to `max-port`) for UDP in the firewall"


@pytest.fixture
def network() -> Iterator[Network]:
    with Network("doctor", "relay") as network:
        yield network


@pytest.fixture
def coturn(network: Network) -> Iterator[Coturn]:
    relay = network["relay"]
    closed = ("--denied-peer-ip", "169.254.0.0-169.254.255.255")
    with Coturn(relay.address, PORTS, SECRET, command=relay.command, place=relay.inside, options=closed) as running:
        yield running


def asked(network: Network, coturn: Coturn, transport: str) -> Finding:
    """Return what the doctor finds from its own host."""
    with network["doctor"].inside():
        return ask(coturn.urls[transport])


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_relays_that_another_host_cannot_reach_are_told(transport: str, network: Network, coturn: Coturn) -> None:
    assert asked(network, coturn, transport).state == "ok"
    network.block_ports(network["doctor"], network["relay"], RELAYS, only="udp")
    found = asked(network, coturn, transport)
    relayed = f"no datagram from this machine reaches the relay's UDP port: {network['relay'].address}:"
    assert (found.state, relayed in found.says, OPEN_IT in found.advice) == ("warning", True, True), found
    network.repair()
    assert asked(network, coturn, transport).state == "ok"


@pytest.mark.parametrize(
    ("host", "ports", "lost"),
    [
        ("relay", "dport", "no datagram from this machine reaches the relay's UDP port"),
        ("doctor", "sport", "no datagram from the relay's UDP port reaches this machine"),
    ],
)
def test_a_firewall_on_either_host_is_recognised_by_the_traffic_it_blocks(
    host: str, ports: str, lost: str, network: Network, coturn: Coturn
) -> None:
    # Loopback stays open, as firewalls leave it: relays still reach each other.
    drop_relays(network[host], f"iifname eth0 udp {ports}")
    found = asked(network, coturn, "udp")
    assert (found.state, lost in found.says, OPEN_IT in found.advice) == ("warning", True, True), found


def test_relays_that_not_even_each_other_can_reach_have_failed(network: Network, coturn: Coturn) -> None:
    drop_relays(network["relay"], "udp dport")
    found = asked(network, coturn, "udp")
    assert (found.state, OPEN_IT in found.advice) == ("failed", True), found


def drop_relays(host: Host, match: str) -> None:
    """Let a host drop what comes to or from the ports of relays."""
    chain = f"chain here {{ type filter hook input priority 0; {match} {PORTS.first}-{PORTS.last} drop; }}"
    subprocess.run([*host.command, "nft", "-f", "-"], input=f"table inet wall {{ {chain}; }}", text=True, check=True)
