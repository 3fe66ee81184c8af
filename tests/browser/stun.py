"""A minimal STUN server that reports one made-up address to every client."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address
from struct import pack

SEEN_AS = "203.0.113.7"
SEEN_PORT = 40_000
BINDING, SUCCESS = b"\x00\x01", b"\x01\x01"
COOKIE = 0x2112A442
XOR_MAPPED_ADDRESS = 0x0020
IPV4 = 1
HEADER_BYTES = 20
LOOK_SECONDS = 0.1


@contextmanager
def stun_server() -> Iterator[str]:
    """Run the server; yield its address as a STUN URL."""
    stop = threading.Event()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind(("127.0.0.1", 0))
        door.settimeout(LOOK_SECONDS)
        worker = threading.Thread(target=_serve, args=(door, stop))
        worker.start()
        yield f"stun:127.0.0.1:{door.getsockname()[1]}"
        stop.set()
        worker.join()


def _serve(door: socket.socket, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            asked, whence = door.recvfrom(2048)
        except TimeoutError:
            continue
        if asked[:2] == BINDING and len(asked) >= HEADER_BYTES:
            door.sendto(_answer(asked[4:HEADER_BYTES]), whence)


def _answer(cookie_and_id: bytes) -> bytes:
    address = int(IPv4Address(SEEN_AS)) ^ COOKIE
    value = pack("!xBHI", IPV4, SEEN_PORT ^ (COOKIE >> 16), address)
    attribute = pack("!HH", XOR_MAPPED_ADDRESS, len(value)) + value
    return SUCCESS + pack("!H", len(attribute)) + cookie_and_id + attribute
