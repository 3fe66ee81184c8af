"""A `Host` field has one reading, the strict one; whatever else it says, it names no host."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.transport.http.hosts import MAX_PORT, host_of

PORTS = st.one_of(st.just(""), st.integers(1, MAX_PORT).map(lambda port: f":{port}"))
NAMES = st.from_regex(r"[A-Za-z0-9]{1,9}(-[A-Za-z0-9]{1,9})?(\.[A-Za-z0-9]{1,9}){0,3}", fullmatch=True)


@given(NAMES, st.sampled_from(["", "."]), PORTS)
def test_a_name_is_read_in_lower_case_without_its_final_dot_and_port(name: str, dot: str, port: str) -> None:
    assert host_of(f"{name}{dot}{port}") == name.lower()


@given(st.ip_addresses(), PORTS)
def test_an_address_is_read_in_its_shortest_form(address: IPv4Address | IPv6Address, port: str) -> None:
    written = address.exploded.upper() if address.version == 4 else f"[{address.exploded.upper()}]"
    assert host_of(f"{written}{port}") == str(address)


@given(NAMES, st.sampled_from("@/?#\\%, \t\"'<>*[];"), st.text("abc.:@", max_size=5))
def test_a_name_with_a_foreign_character_is_no_host(name: str, foreign: str, rest: str) -> None:
    assert host_of(f"{name}{foreign}{rest}") is None


@pytest.mark.parametrize("field", ["", ".", "..", ":80", "a:", "a:0", "a:00000", "a:65536", "a:123456", "a" * 256])
def test_a_field_without_a_name_or_with_an_impossible_port_is_no_host(field: str) -> None:
    assert host_of(field) is None
