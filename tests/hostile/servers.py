"""The servers under attack: one on SQLite, or two on PostgreSQL behind the balancer of the compose file."""

import re
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.support.caddy import balancing
from tests.support.live import BANNER, CONNVO, PATIENCE_SECONDS, clean_environment
from tests.support.postgres import database_of

NODES = 2
OPEN_FOLDER = 0o755
PLENTY = "1000000"
SETTINGS = {
    "CONNVO_GETSTREAM_API_KEY": "key",
    "CONNVO_GETSTREAM_API_SECRET": "s" * 32,
    "CONNVO_ICE_TURN_URLS": "turn:127.0.0.1:3478",
    "CONNVO_ICE_TURN_SECRET": "s" * 32,
    # Tries take minutes where a machine has other things to do, and sessions of the victims give no heartbeats.
    "CONNVO_SIGNAL_LOST_AFTER_SECONDS": "3600",
    "CONNVO_SIGNAL_CLOSED_AFTER_SECONDS": "7200",
    # Hundreds of tries come from one network and a few accounts; whether budgets hold is tried elsewhere.
    "CONNVO_RATE_NETWORK_BURST": PLENTY,
    "CONNVO_RATE_NETWORK_PER_SECOND": PLENTY,
    "CONNVO_RATE_ACCOUNT_BURST": PLENTY,
    "CONNVO_RATE_ACCOUNT_PER_SECOND": PLENTY,
}
_MEMORY = re.compile(r"^VmRSS:\s+(\d+) kB", re.MULTILINE)
KIB_PER_MB = 1024.0


class Servers:
    """Running servers of one database. `folder` is that of their data, `trust` whose certificates they show."""

    def __init__(self, url: str, folder: Path, processes: list["subprocess.Popen[str]"], trust: ssl.SSLContext | None):
        self.url = url
        self.folder = folder
        self.data = folder / "data"
        self.trust = trust
        self._processes = processes

    @property
    def alive(self) -> bool:
        """Whether every process runs."""
        return all(process.poll() is None for process in self._processes)

    def memory(self) -> float:
        """Return the resident memory of the largest process in MB."""
        status = (Path(f"/proc/{process.pid}/status").read_text() for process in self._processes)
        return max(int(found[1]) / KIB_PER_MB for text in status if (found := _MEMORY.search(text)))

    def log(self) -> str:
        """Return what the servers wrote."""
        return "".join(path.read_text("utf-8", "replace") for path in sorted(self.folder.glob("server*.log")))


@contextmanager
def running(folder: Path, nodes: bool, settings: Mapping[str, str] = SETTINGS) -> Iterator[Servers]:
    """Run one server, or two `nodes` and their balancer; they must stop cleanly at the end."""
    variables = clean_environment() | dict(settings)
    (folder / "data").mkdir()
    (folder / "data").chmod(OPEN_FOLDER)
    if nodes:
        # The database server runs as a user who may not enter the folders of pytest.
        variables |= {"CONNVO_DATABASE_URL": database_of(folder), "CONNVO_TRUSTED_PROXIES": "127.0.0.1"}
    with ExitStack() as stack:
        started = [stack.enter_context(_server(folder, number, variables)) for number in range(NODES if nodes else 1)]
        url, trust = started[0][0], None
        if nodes:
            url, trust = stack.enter_context(balancing(folder, *(url for url, _ in started)))
        yield Servers(url, folder, [process for _, process in started], trust)


@contextmanager
def _server(folder: Path, number: int, variables: Mapping[str, str]) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    path = folder / f"server{number}.log"
    with (
        path.open("wb") as log,
        subprocess.Popen(
            [*CONNVO, "serve", "--port", "0", "--data", str(folder / "data")],
            env=dict(variables),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            banner = BANNER.match(process.stdout.readline().rstrip())
            assert banner is not None, path.read_text()
            yield banner[1], process
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)
    assert process.returncode == 0, path.read_text()
