"""Ports for programs that have to be told theirs before they listen."""

import fcntl
import os
import socket
import tempfile
from pathlib import Path

# Below those that systems give to outgoing connections and to whoever asks for any port.
FIRST, LAST = 20_000, 32_000
FOLDER = Path(tempfile.gettempdir()) / f"connvo-test-ports-{os.getuid()}"
_held: dict[int, int] = {}


def own_port() -> int:
    """Return a free port that no other process of the tests is given while this one runs."""
    FOLDER.mkdir(exist_ok=True)
    for port in range(FIRST, LAST):
        if port not in _held and _hold(port):
            return port
    raise AssertionError(f"no port between {FIRST} and {LAST} is free")


def _hold(port: int) -> bool:
    lock = os.open(FOLDER / str(port), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with socket.socket() as trying:
            trying.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trying.bind(("", port))
    except OSError:
        os.close(lock)
        return False
    _held[port] = lock
    return True
