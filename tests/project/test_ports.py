"""Programs that tests start at the same time do not get one another's port."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ports
from tests.support.ports import own_port

ROOT = Path(__file__).parents[2]
TAKE = "from tests.support.ports import own_port; print(own_port(), flush=True); input()"


def test_a_port_is_given_to_one_process_alone() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", TAKE], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        theirs = int(other.stdout.readline())
        mine = [own_port() for _ in range(3)]
        other.communicate("\n")
    assert theirs not in mine
    assert len(set(mine)) == len(mine)


def test_a_port_on_which_somebody_listens_is_given_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        monkeypatch.setattr(ports, "FIRST", port)
        monkeypatch.setattr(ports, "LAST", port + 1)
        with pytest.raises(AssertionError, match="no port"):
            own_port()
