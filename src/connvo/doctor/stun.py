"""STUN messages as bytes: RFC 8489, with the methods and attributes of TURN, RFC 8656.

Guarantees:
    It uses neither sockets nor time.
    Unknown attributes are kept unchanged.
"""

import hashlib
import hmac
import os
import struct
import zlib
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

MAGIC = 0x2112A442
MAGIC_BYTES = MAGIC.to_bytes(4, "big")
HEADER_BYTES = 20
TRANSACTION_BYTES = 12
FINGERPRINT_XOR = 0x5354554E

BINDING, ALLOCATE, REFRESH, SEND, DATA_METHOD, CREATE_PERMISSION = 0x001, 0x003, 0x004, 0x006, 0x007, 0x008
REQUEST, INDICATION, SUCCESS, ERROR = 0, 1, 2, 3

USERNAME, MESSAGE_INTEGRITY, ERROR_CODE, REALM, NONCE = 0x0006, 0x0008, 0x0009, 0x0014, 0x0015
LIFETIME, XOR_PEER_ADDRESS, DATA, XOR_RELAYED_ADDRESS = 0x000D, 0x0012, 0x0013, 0x0016
REQUESTED_TRANSPORT, XOR_MAPPED_ADDRESS, FINGERPRINT = 0x0019, 0x0020, 0x8028
INTEGRITY_BYTES, FINGERPRINT_BYTES, ATTRIBUTE_HEADER_BYTES = 20, 4, 4
IPV4, IPV6 = 1, 2


class NotStun(Exception):
    """The bytes are not a STUN message."""


class Endpoint(NamedTuple):
    """An address and a port."""

    address: IPv4Address | IPv6Address
    port: int

    def __str__(self) -> str:
        return (
            f"[{self.address}]:{self.port}" if isinstance(self.address, IPv6Address) else f"{self.address}:{self.port}"
        )


class Message(NamedTuple):
    """A message. `kind` is one of REQUEST, INDICATION, SUCCESS and ERROR."""

    method: int
    kind: int
    transaction: bytes
    attributes: tuple[tuple[int, bytes], ...] = ()

    def first(self, attribute: int) -> bytes | None:
        """Return the first value of an attribute, or None; later ones are ignored."""
        return next((value for number, value in self.attributes if number == attribute), None)

    def address(self, attribute: int) -> Endpoint | None:
        """Return an XOR-coded address, or None if there is no such attribute.

        Raises:
            NotStun: The value is not an address.
        """
        value = self.first(attribute)
        return None if value is None else unmasked(value, self.transaction)

    def error(self) -> tuple[int, str]:
        """Return the error's code and the printable part of its reason; code 0 if the message has none."""
        value = self.first(ERROR_CODE)
        if value is None or len(value) < ATTRIBUTE_HEADER_BYTES:
            return 0, ""
        reason = value[4:].decode("utf-8", "replace")
        return (value[2] & 7) * 100 + value[3], "".join(filter(str.isprintable, reason))


def new_transaction() -> bytes:
    """Return a random transaction id."""
    return os.urandom(TRANSACTION_BYTES)


def long_term_key(username: str, realm: str, password: str) -> bytes:
    """Return the key of long-term credentials."""
    return hashlib.md5(f"{username}:{realm}:{password}".encode(), usedforsecurity=False).digest()


def encode(message: Message, key: bytes | None = None, fingerprint: bool = True) -> bytes:
    """Return the bytes of a message, signed if there is a key."""
    body = b"".join(_attribute(number, value) for number, value in message.attributes)
    if key is not None:
        signed = _header(message, len(body) + ATTRIBUTE_HEADER_BYTES + INTEGRITY_BYTES) + body
        body += _attribute(MESSAGE_INTEGRITY, hmac.new(key, signed, hashlib.sha1).digest())
    if fingerprint:
        checked = _header(message, len(body) + ATTRIBUTE_HEADER_BYTES + FINGERPRINT_BYTES) + body
        body += _attribute(FINGERPRINT, (zlib.crc32(checked) ^ FINGERPRINT_XOR).to_bytes(4, "big"))
    return _header(message, len(body)) + body


def decode(data: bytes) -> Message:
    """Return the message in a datagram or frame.

    Raises:
        NotStun: The bytes are not a message, or its fingerprint is wrong.
    """
    if len(data) < HEADER_BYTES or data[0] >> 6 or data[4:8] != MAGIC_BYTES:
        raise NotStun("no STUN header")
    kind_and_method, length = struct.unpack_from(">HH", data)
    if length % 4 or HEADER_BYTES + length != len(data):
        raise NotStun("a length that is not the message's")
    found: list[tuple[int, bytes]] = []
    at = HEADER_BYTES
    while at < len(data):
        number, size = struct.unpack_from(">HH", data, at)
        value = data[at + ATTRIBUTE_HEADER_BYTES : at + ATTRIBUTE_HEADER_BYTES + size]
        if len(value) != size:
            raise NotStun("an attribute that ends after the message")
        if number == FINGERPRINT and value != (zlib.crc32(data[:at]) ^ FINGERPRINT_XOR).to_bytes(4, "big"):
            raise NotStun("a wrong fingerprint")
        found.append((number, value))
        at += ATTRIBUTE_HEADER_BYTES + size + -size % 4
    kind = (kind_and_method >> 7 & 2) | (kind_and_method >> 4 & 1)
    method = (kind_and_method & 0xF) | (kind_and_method >> 1 & 0x70) | (kind_and_method >> 2 & 0xF80)
    return Message(method, kind, data[8:HEADER_BYTES], tuple(found))


def masked(endpoint: Endpoint, transaction: bytes) -> bytes:
    """Return an XOR-coded address."""
    family = IPV6 if isinstance(endpoint.address, IPv6Address) else IPV4
    address = _mask(endpoint.address.packed, transaction)
    return struct.pack(">BBH", 0, family, endpoint.port ^ (MAGIC >> 16)) + address


def unmasked(value: bytes, transaction: bytes) -> Endpoint:
    """Return the address in an XOR-coded value.

    Raises:
        NotStun: The value is not an address.
    """
    try:
        _, family, port = struct.unpack_from(">BBH", value)
        address = _mask(value[4:], transaction)
        made = IPv6Address(address) if family == IPV6 else IPv4Address(address)
    except (struct.error, ValueError) as error:
        raise NotStun("an invalid address") from error
    return Endpoint(made, port ^ (MAGIC >> 16))


def _mask(address: bytes, transaction: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(address, MAGIC_BYTES + transaction, strict=False))


def _attribute(number: int, value: bytes) -> bytes:
    return struct.pack(">HH", number, len(value)) + value + bytes(-len(value) % 4)


def _header(message: Message, length: int) -> bytes:
    method, kind = message.method, message.kind
    parted = (method & 0xF) | (method & 0x70) << 1 | (method & 0xF80) << 2 | (kind & 2) << 7 | (kind & 1) << 4
    return struct.pack(">HH", parted, length) + MAGIC_BYTES + message.transaction
