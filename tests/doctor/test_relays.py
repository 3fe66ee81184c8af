"""Every way in which a TURN server fails people is told, in words that repair it: each held against a real coturn."""

import asyncio
import socket
import time
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from connvo.doctor.line import LineError, Place, place_of
from connvo.doctor.relays import _unfit, stun_finding
from connvo.doctor.stun import Endpoint
from connvo.doctor.turn import Allocated
from tests.support.certificate import Authority, make_certificate
from tests.support.coturn import Coturn, free_ports

from .conftest import SECRET, ask

LOOPBACK = "127.0.0.1"
NEAR = ("--allow-loopback-peers",)


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_a_relay_that_works_is_said_to_carry_data(transport: str, authority: Authority) -> None:
    with Coturn(LOOPBACK, free_ports(), SECRET, authority.sign(LOOPBACK), options=NEAR) as coturn:
        found = ask(coturn.urls[transport])
        again = ask(coturn.urls[transport])
    assert (found.state, found.advice) == ("ok", ""), found
    assert "carries data" in found.says
    assert again.state == "ok", "what was taken is given back"


def test_stun_tells_the_address_it_sees() -> None:
    with Coturn(LOOPBACK, free_ports(), SECRET) as coturn:
        found = asyncio.run(stun_finding(f"stun:{LOOPBACK}:{coturn.ports.plain}"))
    assert found.state == "ok", found
    assert LOOPBACK in found.says


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_a_wrong_secret_is_told_apart_and_never_printed(transport: str, authority: Authority) -> None:
    with Coturn(LOOPBACK, free_ports(), SECRET, authority.sign(LOOPBACK), options=NEAR) as coturn:
        found = ask(coturn.urls[transport], secret="another secret")
    assert found.state == "failed"
    assert "refuses the credentials" in found.says
    assert "static-auth-secret" in found.advice
    assert "another secret" not in str(found)


def test_credentials_that_are_over_are_refused() -> None:
    with Coturn(LOOPBACK, free_ports(), SECRET, options=NEAR) as coturn:
        found = ask(coturn.urls["udp"], at=time.time() - 3600)
    assert (found.state, "compare the clocks" in found.advice) == ("failed", True), found


def test_a_missing_realm_is_told() -> None:
    with Coturn(LOOPBACK, free_ports(), SECRET, options=(*NEAR, "--realm", "")) as coturn:
        found = ask(coturn.urls["udp"])
    assert (found.state, "`realm=`" in found.advice) == ("failed", True), found


def test_a_relay_for_anybody_is_told() -> None:
    with Coturn(LOOPBACK, free_ports(), "", options=NEAR) as coturn:
        found = ask(coturn.urls["udp"])
    assert (found.state, "any client" in found.advice) == ("failed", True), found


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_a_closed_port_is_told(transport: str) -> None:
    port = free_ports().plain
    url = {"udp": f"turn:{LOOPBACK}:{port}", "tcp": f"turn:{LOOPBACK}:{port}?transport=tcp"}
    found = ask(url.get(transport, f"turns:{LOOPBACK}:{port}"))
    assert (found.state, "nothing listens there" in found.advice) == ("failed", True), found


def test_silence_is_told_apart_from_refusal() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind((LOOPBACK, 0))
        found = ask(f"turn:{LOOPBACK}:{silent.getsockname()[1]}")
    assert (found.state, found.says) == ("failed", "nothing answers")
    assert "firewall" in found.advice


def test_a_name_that_nobody_has_is_told() -> None:
    found = ask("turn:turn.invalid:3478")
    assert (found.state, "DNS" in found.advice) == ("failed", True), found


def test_a_certificate_that_is_over_is_told(authority: Authority) -> None:
    over = authority.sign(LOOPBACK, -timedelta(days=1))
    with Coturn(LOOPBACK, free_ports(), SECRET, over, options=NEAR) as coturn:
        found = ask(coturn.urls["tls"])
    assert (found.state, "renew the certificate" in found.advice) == ("failed", True), found


def test_a_certificate_of_another_name_is_told(authority: Authority) -> None:
    with Coturn(LOOPBACK, free_ports(), SECRET, authority.sign("turn.example.org"), options=NEAR) as coturn:
        found = ask(coturn.urls["tls"])
    assert (found.state, "name in the certificate" in found.advice) == ("failed", True), found


def test_a_certificate_of_nobody_is_told(tmp_path: Path) -> None:
    with Coturn(LOOPBACK, free_ports(), SECRET, make_certificate(tmp_path, LOOPBACK), options=NEAR) as coturn:
        found = ask(coturn.urls["tls"])
    assert (found.state, "public authority" in found.advice) == ("failed", True), found


def test_a_certificate_that_ends_soon_is_a_warning(authority: Authority) -> None:
    soon = authority.sign(LOOPBACK, timedelta(days=5))
    with Coturn(LOOPBACK, free_ports(), SECRET, soon, options=NEAR) as coturn:
        found = ask(coturn.urls["tls"])
    assert (found.state, "expires in 5 days" in found.says) == ("warning", True), found


def test_tls_to_a_plain_port_is_told() -> None:
    with Coturn(LOOPBACK, free_ports(), SECRET, options=NEAR) as coturn:
        found = ask(f"turns:{LOOPBACK}:{coturn.ports.plain}")
    assert found.state == "failed"
    assert "port" in found.advice, found


def test_a_used_up_relay_range_is_told() -> None:
    ports = free_ports()
    with Coturn(LOOPBACK, ports._replace(last=ports.first), SECRET, options=NEAR) as coturn:
        found = ask(coturn.urls["tcp"])
    assert (found.state, "max-port" in found.advice) == ("failed", True), found


def test_a_quota_of_one_is_told() -> None:
    with Coturn(LOOPBACK, free_ports(), SECRET, options=(*NEAR, "--user-quota", "1")) as coturn:
        found = ask(coturn.urls["tcp"])
    assert (found.state, "user-quota" in found.advice) == ("failed", True), found


def test_members_that_may_not_meet_on_the_relay_are_told() -> None:
    with Coturn(LOOPBACK, free_ports(), SECRET, options=(*NEAR, "--denied-peer-ip", LOOPBACK)) as coturn:
        found = ask(coturn.urls["udp"])
    assert (found.state, f"allowed-peer-ip={LOOPBACK}" in found.advice) == ("warning", True), found


@pytest.mark.parametrize(
    ("relayed", "server", "advice"),
    [
        ("127.0.0.1", "8.8.4.4", "relay-ip"),
        ("127.0.0.1", "10.0.0.5", "relay-ip"),
        ("10.0.0.5", "8.8.4.4", "external-ip=8.8.4.4/10.0.0.5"),
        ("10.0.0.5", "2001:4860:4860::8844", "external-ip=its public IPv4 address/10.0.0.5"),
        ("0.0.0.0", "8.8.4.4", "relay-ip"),
        ("10.0.0.5", "10.0.0.5", None),
        ("127.0.0.1", "127.0.0.1", None),
        ("8.8.4.4", "10.0.0.5", None),
    ],
)
def test_an_address_that_others_cannot_reach_is_told(relayed: str, server: str, advice: str | None) -> None:
    found = _unfit(Allocated(Endpoint(ip_address(relayed), 50_000), None, False), ip_address(server))
    assert (found.advice if found else "") == "" if advice is None else found and advice in found.advice


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("stun:s.example", Place("s.example", 3478, "udp")),
        ("turn:t.example:80?transport=tcp", Place("t.example", 80, "tcp")),
        ("turns:t.example", Place("t.example", 5349, "tls")),
        ("turns:[2001:db8::1]:443?transport=tcp", Place("2001:db8::1", 443, "tls")),
        ("turn:[2001:db8::1]", Place("2001:db8::1", 3478, "udp")),
    ],
)
def test_addresses_are_read_as_browsers_read_them(url: str, place: Place) -> None:
    assert place_of(url) == place


@pytest.mark.parametrize(
    "url", ["", "http://t.example", "turn:", "turn:t:x", "turn:t:0", "turn:t:70000", "turn:t?transport=sctp"]
)
def test_an_invalid_address_is_reported(url: str) -> None:
    with pytest.raises(LineError):
        place_of(url)
