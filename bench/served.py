"""A server in a process of its own, started as its users start it, on a free port."""

import http.client
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from connvo.kernel.identity import Identity
from connvo.settings import IdentitySettings
from connvo.transport.auth.local_issuer import LocalIssuer

ADDRESS = re.compile(r" at http://([\d.]+):(\d+)")
PEAK = re.compile(r"VmHWM:\s+(\d+) kB")
POLL_SECONDS = 0.005
READY_SECONDS = 30.0
STOP_SECONDS = 15.0
TOKEN_SECONDS = 3600.0
KIB_PER_MB = 1024.0
CLOCK_BITS, CLOCK_OF_PROCESS = 3, 2
# Few programs call here for many people, all from one network.
UNLIMITED = {
    f"RATE_{name}": "1000000000"
    for name in ("NETWORK_BURST", "NETWORK_PER_SECOND", "ACCOUNT_BURST", "ACCOUNT_PER_SECOND")
}


class Server:
    """A running server: where it listens, and what it believes."""

    def __init__(self, host: str, port: int, pid: int, folder: Path) -> None:
        self.http = f"http://{host}:{port}"
        self.sync = f"ws://{host}:{port}/api/sync"
        self.pid = pid
        self._folder = folder

    def tokens(self, *people: Identity) -> list[str]:
        """Return a token for everybody."""
        issuer, settings, now = LocalIssuer.open(self._folder), IdentitySettings(), time.time()
        return [issuer.mint(person.subject, settings, now, TOKEN_SECONDS, email=person.email) for person in people]

    def memory(self) -> float:
        """Return the resident memory in MB."""
        return resident(self.pid)


@contextmanager
def serving(folder: Path, program: str = "connvo", **settings: str) -> Iterator[Server]:
    """Yield a server on this data folder, as soon as it is ready; it is stopped at the end.

    `settings` are environment variables without their prefix; everything else is as by default, but for how often an
    account or a network may call: a few of them call here for everybody.
    """
    command = [sys.executable, "-m", program, "serve", "--port", "0", "--data", str(folder)]
    plain = plain_environment(folder) | {f"CONNVO_{name}": value for name, value in (UNLIMITED | settings).items()}
    with subprocess.Popen(command, env=plain, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            found = ADDRESS.search(process.stdout.readline())
            if found is None:
                raise RuntimeError("the server did not start")
            host, port = found[1], int(found[2])
            _wait_until_ready(host, port)
            yield Server(host, port, process.pid, folder)
        finally:
            process.terminate()
            try:
                process.communicate(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


def plain_environment(folder: Path) -> dict[str, str]:
    """Return the environment without settings; programs keep compiled modules beside the folder.

    An installed program always has its modules compiled.
    """
    left_out = "PYTHONDONTWRITEBYTECODE"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONNVO_") and name != left_out}
    return kept | {"PYTHONPYCACHEPREFIX": str(folder.with_name("compiled"))}


def resident(pid: int) -> float:
    """Return the resident memory of a process in MB."""
    listed = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return int(listed.stdout) / KIB_PER_MB


def processor_time(pid: int) -> float:
    """Return the processor time that a process has used, of all its threads, in seconds."""
    # Linux numbers the clock of a process so (clock_getcpuclockid).
    return time.clock_gettime((~pid << CLOCK_BITS) | CLOCK_OF_PROCESS)


def peak(pid: int) -> float:
    """Return the most resident memory that a process has had, in MB."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(PEAK.search(status)[1]) / KIB_PER_MB  # type: ignore[index]


def _wait_until_ready(host: str, port: int) -> None:
    until = perf_counter() + READY_SECONDS
    while perf_counter() < until:
        connection = http.client.HTTPConnection(host, port, timeout=READY_SECONDS)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == http.client.OK:
                return
        except ConnectionError:
            pass
        finally:
            connection.close()
        time.sleep(POLL_SECONDS)
    raise RuntimeError("the server did not become ready")
