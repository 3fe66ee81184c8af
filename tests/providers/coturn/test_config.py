"""The relay lets people reach each other, and nothing else."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from connvo.providers.coturn.config import configuration
from connvo.providers.coturn.denied_peers import LOOPBACK, NEVER, PRIVATE, ranges
from connvo.providers.coturn.plan import planned
from connvo.settings import ServerSettings, Settings, TurnSettings
from tests.support.certificate import Authority

PUBLIC = "8.8.4.4"
METADATA_OF_CLOUDS = "169.254.169.254"

Address: TypeAlias = IPv4Address | IPv6Address


def lines(folder: Path, **turn: Any) -> list[str]:
    made = planned(Settings(server=ServerSettings(data=folder), turn=TurnSettings(**turn)))
    return configuration(made, "/run/pid", "/run/db").splitlines()


def relays_to(address: str, told: list[str]) -> bool:
    """Return whether a coturn 4.6 with this configuration relays to an address."""
    peer = ip_address(address)

    def covered(option: str) -> bool:
        ranges = [line.removeprefix(option).partition("-") for line in told if line.startswith(option)]
        return any(within(peer, ip_address(first), ip_address(last or first)) for first, _, last in ranges)

    if peer.is_unspecified or (peer.is_loopback and "allow-loopback-peers" not in told):
        return False
    return covered("allowed-peer-ip=") or not covered("denied-peer-ip=")


def within(peer: Address, low: Address, high: Address) -> bool:
    """Return whether coturn 4.6 takes an address for one of a range: `ioa_addr_in_range` and `addr_less_eq`."""
    above = low.is_unspecified or less_or_equal(low, peer)
    return above and (high.is_unspecified or less_or_equal(peer, high))


def less_or_equal(one: Address, other: Address) -> bool:
    if one.version != other.version:
        return one.version < other.version
    if one.version == 4:
        return int(one) <= int(other)
    return all(mine <= theirs for mine, theirs in zip(one.packed, other.packed, strict=True))


def edges(network: IPv4Network | IPv6Network) -> list[Address]:
    """Return the first and last addresses of a network, and some between them."""
    return [network[0], network[1], network[-1], *(network[network.num_addresses // part] for part in (2, 3, 5, 7))]


@pytest.mark.parametrize(
    "network", [ip_network(one) for one in (*NEVER, *PRIVATE, *LOOPBACK) if "/32" not in one], ids=str
)
def test_ranges_hold_their_network_and_nothing_else(network: IPv4Network | IPv6Network) -> None:
    told = [f"denied-peer-ip={one}" for one in ranges(network)]
    inside = edges(network)
    assert [str(one) for one in inside if relays_to(str(one), told)] == []
    space = ip_network("0.0.0.0/0" if network.version == 4 else "::/0")
    outside = [other for one in space.address_exclude(network) for other in edges(one)]  # type: ignore[arg-type]
    foreign = ip_address("8.8.8.8" if network.version == 6 else "2600::1")
    refused = [str(one) for one in (*outside, foreign) if not relays_to(str(one), told)]
    assert [one for one in refused if not (ip_address(one).is_loopback or ip_address(one).is_unspecified)] == []


def test_a_single_unspecified_address_would_deny_everything() -> None:
    told = ["denied-peer-ip=::"]
    assert not relays_to("1.1.1.1", told) and not relays_to("2606:4700::1111", told)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "172.20.0.1", "192.168.1.1", "100.64.0.1", METADATA_OF_CLOUDS, "0.0.0.0"),
        *("::1", "fd00::1", "fe80::1", "64:ff9b::a00:1", "2002:a00:1::", "::ffff:10.0.0.1", "::"),
    ],
)
def test_from_the_internet_there_is_no_way_in(address: str, tmp_path: Path) -> None:
    assert not relays_to(address, lines(tmp_path, listen=PUBLIC))
    assert not relays_to(address, lines(tmp_path, listen="0.0.0.0", external_ip=PUBLIC))


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111"])
def test_people_on_the_internet_are_relayed_to(address: str, tmp_path: Path) -> None:
    assert relays_to(address, lines(tmp_path, listen=PUBLIC))


def test_two_members_that_both_need_the_relay_meet_on_its_own_address(tmp_path: Path) -> None:
    assert relays_to("10.0.0.5", lines(tmp_path, listen="10.0.0.5", external_ip=PUBLIC))
    assert not relays_to("10.0.0.6", lines(tmp_path, listen="10.0.0.5", external_ip=PUBLIC))


def test_in_a_private_network_its_people_are_relayed_to_but_not_the_machine(tmp_path: Path) -> None:
    told = lines(tmp_path, listen="192.168.1.2")
    assert relays_to("192.168.1.7", told)
    assert not relays_to("127.0.0.1", told)
    assert not relays_to(METADATA_OF_CLOUDS, told)


def test_for_one_machine_its_loopback_is_relayed_to(tmp_path: Path) -> None:
    assert relays_to("127.0.0.1", lines(tmp_path, listen="127.0.0.1"))


def test_the_setting_for_private_peers_wins(tmp_path: Path) -> None:
    assert relays_to("192.168.1.7", lines(tmp_path, listen=PUBLIC, local_peers=True))
    assert not relays_to("127.0.0.1", lines(tmp_path, listen=PUBLIC, local_peers=True))
    assert not relays_to("192.168.1.7", lines(tmp_path, listen="192.168.1.2", local_peers=False))


def test_nobody_commands_it_and_it_only_relays_udp(tmp_path: Path) -> None:
    told = lines(tmp_path)
    assert {"no-cli", "no-tcp-relay", "no-multicast-peers", "no-tls", "use-auth-secret", "user-quota=48"} <= set(told)


def test_ports_addresses_and_the_public_one_are_as_set(tmp_path: Path) -> None:
    ports = {"port": 3500, "first_relay_port": 4000, "last_relay_port": 4010}
    told = lines(tmp_path, listen="10.0.0.5", external_ip=PUBLIC, **ports)
    wanted = {"listening-ip=10.0.0.5", f"external-ip={PUBLIC}/10.0.0.5", "listening-port=3500"}
    assert wanted | {"min-port=4000", "max-port=4010"} <= set(told)


def test_with_a_certificate_there_is_tls_of_today(tmp_path: Path) -> None:
    tls = Authority(tmp_path).sign("turn.example.org")
    told = lines(tmp_path, certificate=tls.certificate, key=tls.key)
    assert {f"cert={tls.certificate}", f"pkey={tls.key}", "no-tlsv1", "no-tlsv1_1"} <= set(told)
    assert "no-tls" not in told


def test_bandwidth_is_bounded_unless_told_otherwise(tmp_path: Path) -> None:
    assert "max-bps=1250000" in lines(tmp_path)
    assert not [line for line in lines(tmp_path, bytes_per_second=0) if line.startswith("max-bps")]
