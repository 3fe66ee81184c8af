"""A server that can be killed and restarted on the same port and data."""

import subprocess
from pathlib import Path

from tests.support.live import BANNER, CONNVO, PATIENCE_SECONDS, clean_environment
from tests.support.ports import own_port


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
