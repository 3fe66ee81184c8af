"""Ports for programs that have to be told theirs before they listen."""

import fcntl
import os
import socket
import tempfile
from pathlib import Path

# Below those that systems give to outgoing connections and to whoever asks for any port: single ones, and rows of them.
FIRST, LAST = 20_000, 24_000
FIRST_ROW, LAST_ROW, ROW = 24_000, 32_000, 50
FOLDER = Path(tempfile.gettempdir()) / f"connvo-test-ports-{os.getuid()}"
_held: dict[int, int] = {}


def own_port() -> int:
    """Return a free port that no other process of the tests is given while this one runs."""
    for port in range(FIRST, LAST):
        if port not in _held and _hold(port, 1):
            return port
    raise AssertionError(f"no port between {FIRST} and {LAST} is free")


def own_row(count: int) -> int:
    """Return the first of several such ports in a row."""
    assert count <= ROW
    for port in range(FIRST_ROW, LAST_ROW, ROW):
        if port not in _held and _hold(port, count):
            return port
    raise AssertionError(f"no row of {count} ports between {FIRST_ROW} and {LAST_ROW} is free")


def _hold(first: int, count: int) -> bool:
    FOLDER.mkdir(exist_ok=True)
    lock = os.open(FOLDER / str(first), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for port in range(first, first + count):
            _try(port)
    except OSError:
        os.close(lock)
        return False
    _held[first] = lock
    return True


def _try(port: int) -> None:
    with socket.socket() as stream, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stream.bind(("", port))
        datagrams.bind(("", port))
