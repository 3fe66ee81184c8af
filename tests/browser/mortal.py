"""A server that can be killed and restarted on the same port and data."""

import json
import subprocess
import time
from collections.abc import Sequence
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from tests.support.live import BANNER, CONNVO, PATIENCE_SECONDS, clean_environment
from tests.support.ports import own_port

TIMEOUT_SECONDS = 10.0
# Until some node answers, as one that was killed is about to start again.
ANY_SECONDS = 90.0
RETRY_SECONDS = 0.1


class MortalServer:
    """A server process `at` an address and port; 0 takes a free one. `url` survives restarts.

    `settings` are environment variables. Several in one folder are nodes of one database.
    """

    def __init__(self, folder: Path, at: str = "127.0.0.1:0", **settings: str) -> None:
        address, _, port = at.rpartition(":")
        self.port = int(port) or own_port()
        self._folder = folder
        self._settings = {"CONNVO_HOST": address, **settings}
        self._process: subprocess.Popen[str] | None = None
        self.url = f"http://{address}:{self.port}"

    def start(self, **settings: str) -> None:
        """Start it, with more settings if given; return once it listens."""
        self._settings |= settings
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*CONNVO, "serve", "--port", str(self.port), "--data", str(self._folder / "data")],
                env=clean_environment() | self._settings,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout is not None
        assert BANNER.match(self._process.stdout.readline().rstrip()), (self._folder / "server.log").read_text()

    @property
    def process_id(self) -> int:
        """The id of its process."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """Kill it, as a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate(timeout=PATIENCE_SECONDS)
            self._process = None

    def back_up(self) -> None:
        """Make a backup while it runs."""
        self._command("backup", str(self._folder / "backup.db"))

    def restore(self) -> None:
        """Replace its database by the backup, while it does not run."""
        self._command("restore", str(self._folder / "backup.db"))

    def _command(self, *arguments: str) -> None:
        subprocess.run(
            [*CONNVO, *arguments, "--data", str(self._folder / "data")],
            env=clean_environment(),
            check=True,
            capture_output=True,
            timeout=PATIENCE_SECONDS,
        )


def call_any(nodes: Sequence[MortalServer], token: str, path: str, **args: Any) -> Any:
    """Return the value of a call to whichever node answers."""
    until = time.monotonic() + ANY_SECONDS
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    while True:
        for node in nodes:
            address = f"{node.url}/api/run/{path.replace(':', '/')}"
            try:
                with urlopen(
                    Request(address, json.dumps({"args": args}).encode(), headers), timeout=TIMEOUT_SECONDS
                ) as response:
                    envelope = json.load(response)
            except (OSError, HTTPException):
                continue
            if envelope["status"] == "success":
                return envelope["value"]
        assert time.monotonic() < until, f"no node answers {path}"
        time.sleep(RETRY_SECONDS)
