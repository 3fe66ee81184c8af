"""Programs that tests start at the same time do not get one another's port."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ports
from tests.support.ports import own_port, own_row

ROOT = Path(__file__).parents[2]
TAKE = "from tests.support.ports import own_port, own_row; print(own_port(), own_row(3), flush=True); input()"


def test_a_port_is_given_to_one_process_alone() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", TAKE], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        theirs, their_row = map(int, other.stdout.readline().split())
        mine, my_row = [own_port() for _ in range(3)], own_row(3)
        other.communicate("\n")
    assert theirs not in mine
    assert set(range(their_row, their_row + 3)).isdisjoint(range(my_row, my_row + 3))
    assert len(set(mine)) == len(mine)


def test_a_port_with_a_listener_is_never_given_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        monkeypatch.setattr(ports, "FIRST", port)
        monkeypatch.setattr(ports, "LAST", port + 1)
        with pytest.raises(AssertionError, match="no port"):
            own_port()
