"""The network of a request: no client chooses its own, and an IPv6 subscriber counts as one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.transport import addresses
from connvo.transport.addresses import UNKNOWN, ClientAddresses

PROXY = "10.0.0.7"
BEHIND = ClientAddresses(["10.0.0.0/8", "fd00::/8"])
ADDRESSES = st.ip_addresses().map(str)


@pytest.mark.parametrize(
    ("peer", "key"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", UNKNOWN),
        (None, UNKNOWN),
        ("a unix socket", UNKNOWN),
    ],
)
def test_a_client_is_counted_by_its_network(peer: str | None, key: str) -> None:
    assert ClientAddresses().key(peer, {}) == key


@given(st.text(max_size=40), ADDRESSES)
def test_a_client_that_is_no_proxy_cannot_name_another_address(header: str, peer: str) -> None:
    forwarded = {b"x-forwarded-for": header.encode()}
    assert ClientAddresses().key(peer, forwarded) == ClientAddresses().key(peer, {})


@given(st.lists(st.sampled_from(["192.0.2.66", "junk", "10.1.1.1", "", "[::1]:80"]), max_size=5))
def test_addresses_from_the_client_before_that_of_the_proxy_count_for_nothing(forged: list[str]) -> None:
    header = ", ".join([*forged, "192.0.2.1"]).encode()
    assert BEHIND.key(PROXY, {b"x-forwarded-for": header}) == "192.0.2.1"


@pytest.mark.parametrize(
    ("header", "key"),
    [
        (b"192.0.2.1, 10.2.2.2", "192.0.2.1"),
        (b"192.0.2.1:4711", "192.0.2.1"),
        (b"[2001:db8::1]:4711", "2001:db8::/64"),
        (b"192.0.2.1, fd00::5, 10.2.2.2", "192.0.2.1"),
        (b"192.0.2.1, junk", PROXY),
        (b"", PROXY),
    ],
)
def test_the_last_address_that_is_no_proxys_is_the_clients(header: bytes, key: str) -> None:
    assert BEHIND.key(PROXY, {b"x-forwarded-for": header}) == key


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """The warnings about proxies."""
    told: list[dict[str, str]] = []
    monkeypatch.setattr(addresses.log, "warning", lambda event, **fields: told.append({"event": event, **fields}))
    return told


@pytest.mark.parametrize("peer", ["127.0.0.1", "10.1.1.1", "192.168.7.7", "fd00::1", "::1"])
def test_an_unnamed_proxy_is_logged_once(peer: str, warnings: list[dict[str, str]]) -> None:
    clients = ClientAddresses()
    for _ in range(3):
        clients.key(peer, {b"x-forwarded-for": b"192.0.2.1"})
    assert warnings == [
        {"event": "forwarded_for_ignored", "proxy": peer, "setting": "CONNVO_TRUSTED_PROXIES"},
    ]


def test_a_stranger_that_sends_the_header_is_not_told_of(warnings: list[dict[str, str]]) -> None:
    ClientAddresses().key("8.8.8.8", {b"x-forwarded-for": b"192.0.2.1"})
    BEHIND.key(PROXY, {b"x-forwarded-for": b"192.0.2.1"})
    ClientAddresses().key("127.0.0.1", {})
    assert warnings == []
