"""Servers are asked at every address that their names lead to, IPv6 as well, and what only some of them do is told."""

import asyncio
import json
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from connvo.doctor import identity
from connvo.doctor.identity import clock_finding
from connvo.doctor.relays import stun_finding
from connvo.settings import IdentitySettings
from tests.support.certificate import Authority
from tests.support.command import run, serving
from tests.support.coturn import Coturn, Ports, free_ports

from .conftest import SECRET, ask
from .test_identity import answer

IPV4, IPV6 = "127.0.0.1", "::1"
# A connection to an address of one network, without saying which, is refused by the system itself.
NOWHERE = "fe80::1"
NAME = "relay.example.org"
NEAR = ("--allow-loopback-peers",)


@pytest.fixture(scope="module")
def ipv6() -> None:
    """Sees to it that there is IPv6 on this machine."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as trying:
            trying.bind((IPV6, 0))
    except OSError as error:
        raise RuntimeError("these tests need IPv6: sysctl -w net.ipv6.conf.lo.disable_ipv6=0") from error


@pytest.fixture
def name(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Lets a name lead to the addresses that a test writes in here."""
    leads: dict[str, list[str]] = {}
    look_up = socket.getaddrinfo

    def found(host: str, *more: Any, **options: Any) -> list[Any]:
        return [entry for address in leads.get(host, [host]) for entry in look_up(address, *more, **options)]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    return leads


@pytest.mark.usefixtures("ipv6")
@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_a_server_with_an_address_of_ipv6_works(transport: str, authority: Authority) -> None:
    with Coturn(IPV6, free_ports(), SECRET, authority.sign(IPV6), relay=IPV4, options=NEAR) as coturn:
        found = ask(coturn.urls[transport])
    assert (found.state, f"relays from {IPV4} and carries data" in found.says) == ("ok", True), found


@pytest.mark.usefixtures("ipv6")
def test_stun_tells_an_address_of_ipv6() -> None:
    with Coturn(IPV6, free_ports(), SECRET) as coturn:
        found = asyncio.run(stun_finding(f"stun:[{IPV6}]:{coturn.ports.plain}"))
    assert (found.state, f"as {IPV6}," in found.says) == ("ok", True), found


@pytest.mark.usefixtures("ipv6")
def test_a_relay_of_ipv6_alone_that_browsers_cannot_use_is_reported_with_the_remedy() -> None:
    with Coturn(IPV6, free_ports(), SECRET, options=NEAR) as coturn:
        found = ask(coturn.urls["udp"])
    assert (found.state, found.says) == ("failed", "refuses the allocation: 440 Unsupported address family")
    repairing = "allocation-default-address-family=keep"
    assert repairing in found.advice
    with Coturn(IPV6, free_ports(), SECRET, options=(*NEAR, f"--{repairing}")) as coturn:
        found = ask(coturn.urls["udp"])
    assert (found.state, f"relays from {IPV6} and carries data" in found.says) == ("ok", True), found


@pytest.mark.usefixtures("ipv6")
def test_the_servers_own_relay_works_on_ipv6_alone(tmp_path: Path) -> None:
    ports = free_ports()
    variables = own_relay(tmp_path, ports)
    with serving("--turn", env=variables) as served:
        told = run("doctor", "--turn", "--json", env=variables)
        out, _ = served.stop()
    assert f"turn:[{IPV6}]:{ports.plain}?transport=udp" in out
    checks = {check["check"]: check for check in json.loads(told.stdout)["checks"]}
    place = f"[{IPV6}]:{ports.plain}"
    for url in (f"stun:{place}", f"turn:{place}?transport=udp", f"turn:{place}?transport=tcp"):
        assert checks[url]["state"] == "ok", checks


def own_relay(folder: Path, ports: Ports) -> dict[str, str]:
    """Return the settings of a server that relays on IPv6 alone."""
    return {
        "CONNVO_DATA": str(folder / "data"),
        "CONNVO_HOST": IPV6,
        "CONNVO_PORT": "0",
        "CONNVO_TURN_PORT": str(ports.plain),
        "CONNVO_TURN_FIRST_RELAY_PORT": str(ports.first),
        "CONNVO_TURN_LAST_RELAY_PORT": str(ports.last),
    }


@pytest.mark.usefixtures("ipv6")
@pytest.mark.parametrize("dead", ["::1", "127.0.0.2"])
def test_an_address_of_a_name_at_which_nobody_listens_is_told(dead: str, name: dict[str, list[str]]) -> None:
    with Coturn(IPV4, free_ports(), SECRET, options=NEAR) as coturn:
        for addresses in ([dead, IPV4], [IPV4, dead]):
            name[NAME] = addresses
            found = ask(f"turn:{NAME}:{coturn.ports.plain}?transport=tcp")
            assert (found.state, f"not at {dead}" in found.says) == ("warning", True), found
            assert f"remove {dead} from the name's DNS records" in found.advice


def test_a_name_without_any_address_that_works_has_failed(name: dict[str, list[str]]) -> None:
    name[NAME] = [IPV4, "127.0.0.2"]
    found = ask(f"turn:{NAME}:{free_ports().plain}?transport=tcp")
    assert (found.state, found.says) == ("failed", "the connection is refused")


def test_an_address_that_this_machine_has_no_way_to_is_nobodys_fault(name: dict[str, list[str]]) -> None:
    name[NAME] = [NOWHERE, IPV4]
    with Coturn(IPV4, free_ports(), SECRET, options=NEAR) as coturn:
        found = ask(f"turn:{NAME}:{coturn.ports.plain}?transport=tcp")
        assert found.state == "ok", found
        name[NAME] = [NOWHERE]
        found = ask(f"turn:{NAME}:{coturn.ports.plain}?transport=tcp")
    assert (found.state, "no route to that address" in found.advice) == ("failed", True), found


@pytest.mark.usefixtures("ipv6")
@pytest.mark.parametrize("written", ["[::1]:{}", "::1", "[::1]"])
def test_an_ntp_server_may_have_an_address_of_ipv6(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as server:
        server.bind((IPV6, 0))
        port = server.getsockname()[1]
        monkeypatch.setattr(identity, "NTP_PORT", port)
        answering = threading.Thread(target=answer, args=(server, 0.0))
        answering.start()
        found = asyncio.run(clock_finding(IdentitySettings(), written.format(port)))
        answering.join()
    assert found.state == "ok", found
