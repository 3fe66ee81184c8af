"""STUN messages are what RFC 5769 prints, and nothing else is taken for one."""

import hmac
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.doctor import stun
from connvo.doctor.stun import Endpoint, Message, NotStun

REQUEST = bytes.fromhex(
    "000100582112a442b7e7a701bc34d686fa87dfae"
    "802200105354554e207465737420636c69656e74"
    "002400046e0001ff80290008932ff9b151263b36"
    "000600096576746a3a68367659202020"
    "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf"
)
ANSWER_IPV4 = bytes.fromhex(
    "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220"
    "002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96"
)
ANSWER_IPV6 = bytes.fromhex(
    "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220"
    "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed41"
    "80280004c8fb0b4c"
)
LONG_TERM = bytes.fromhex(
    "000100602112a44278ad3433c6ad72c029da412e"
    "00060012e3839ee38388e383aae38383e382afe382b90000"
    "0015001c662f2f3439396b39353464364f4c33346f4c394653547679363473410014000b6578616d706c652e6f726700"
    "00080014f67024656dd64a3e02b8e0712e85c9a28ca89666"
)


def test_the_request_of_the_vectors_is_read() -> None:
    read = stun.decode(REQUEST)
    assert (read.method, read.kind, read.first(stun.USERNAME)) == (stun.BINDING, stun.REQUEST, b"evtj:h6vY")


@pytest.mark.parametrize(
    ("data", "address"), [(ANSWER_IPV4, "192.0.2.1"), (ANSWER_IPV6, "2001:db8:1234:5678:11:2233:4455:6677")]
)
def test_the_answers_of_the_vectors_tell_the_address(data: bytes, address: str) -> None:
    read = stun.decode(data)
    assert (read.method, read.kind) == (stun.BINDING, stun.SUCCESS)
    assert read.address(stun.XOR_MAPPED_ADDRESS) == Endpoint(ip_address(address), 32853)


def test_long_term_credentials_sign_as_the_vectors_do_byte_for_byte() -> None:
    read = stun.decode(LONG_TERM)
    username = (read.first(stun.USERNAME) or b"").decode()
    key = stun.long_term_key(username, (read.first(stun.REALM) or b"").decode(), "TheMatrIX")
    unsigned = read._replace(attributes=read.attributes[:-1])
    assert stun.encode(unsigned, key, fingerprint=False) == LONG_TERM


@given(
    st.sampled_from([stun.BINDING, stun.ALLOCATE, stun.REFRESH, stun.SEND, stun.DATA_METHOD, stun.CREATE_PERMISSION]),
    st.integers(0, 3),
    st.binary(min_size=12, max_size=12),
    st.lists(st.tuples(st.integers(0x30, 0x7FFF), st.binary(max_size=40)), max_size=5),
)
def test_a_written_message_can_be_read(
    method: int, kind: int, transaction: bytes, more: list[tuple[int, bytes]]
) -> None:
    message = Message(method, kind, transaction, tuple(more))
    data = stun.encode(message, b"key")
    read = stun.decode(data)
    assert read[:3] == message[:3]
    assert read.attributes[: len(more)] == message.attributes
    assert read.first(stun.MESSAGE_INTEGRITY) == signature(data, b"key")


def signature(data: bytes, key: bytes) -> bytes:
    """Return what RFC 8489, 14.5 makes of a message that ends in its signature and a fingerprint."""
    covered = data[:2] + (len(data) - 8 - 20).to_bytes(2, "big") + data[4 : -(8 + 24)]
    return hmac.digest(key, covered, "sha1")


ADDRESSES = st.integers(0, 2**32 - 1).map(IPv4Address) | st.integers(0, 2**128 - 1).map(IPv6Address)


@given(ADDRESSES, st.integers(0, 65535), st.binary(min_size=12, max_size=12))
def test_an_address_survives_its_mask(address: IPv4Address | IPv6Address, port: int, transaction: bytes) -> None:
    endpoint = Endpoint(address, port)
    assert stun.unmasked(stun.masked(endpoint, transaction), transaction) == endpoint


@given(st.binary(max_size=120))
def test_anything_else_is_no_message_and_no_other_error(data: bytes) -> None:
    with pytest.raises(NotStun):
        stun.decode(data)


@given(st.integers(0, len(REQUEST) - 1), st.integers(1, 255))
def test_a_changed_byte_is_noticed(place: int, change: int) -> None:
    broken = bytearray(REQUEST)
    broken[place] ^= change
    try:
        read = stun.decode(bytes(broken))
    except NotStun:
        return
    assert read.first(stun.FINGERPRINT) is None, "only who hides the fingerprint itself goes unnoticed"
