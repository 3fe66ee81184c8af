"""The servers under attack: started as their users start them, with their processes watched from outside."""

import json
import os
import re
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psycopg

from connvo.settings import IdentitySettings
from connvo.transport.auth.local_issuer import LocalIssuer
from tests.support.caddy import balancing
from tests.support.postgres import database_of

ADDRESS = re.compile(r" at (http://[\d.]+:\d+)")
NODES = 2
READY_SECONDS = 30.0
STOP_SECONDS = 40.0
TOKEN_SECONDS = 3600.0
POLL_SECONDS = 0.02
KIB_PER_MB = 1024.0
BYTES_PER_MB = 2.0**20
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
RESET_PEAK = "5"
# Servers have a core of their own, and go before whatever else runs on it, where that is allowed.
SERVER_CORE, OTHER_CORE = 0, 1
SERVER_PRIORITY, ATTACKER_PRIORITY = -10, 10
RUN = "/api/run/"
# On Linux, priorities often count among the processes of one session alone, and sessions have one of their own.
SESSION = Path("/proc/self/autogroup")
SESSION_PRIORITY = re.compile(r" nice (-?\d+)")
FIRST_OF_ALL = "-20"


class Use(NamedTuple):
    """What servers have used so far, or at most: memory and files in MB, time of processors in seconds."""

    memory: float
    peak: float
    cpu: float
    files: float
    log: float


class Place:
    """Running servers of one database. `url` is where clients go, `authority` whose certificate they see there."""

    def __init__(self, url: str, folder: Path, pids: list[int], authority: Path | None, database: str | None) -> None:
        self.url = url
        self.folder = folder
        self.authority = authority
        self._pids = pids
        self._database = database
        self.trust = None if authority is None else ssl.create_default_context(cafile=authority)

    @property
    def sync(self) -> str:
        """The address of the sync protocol."""
        return f"ws{self.url.removeprefix('http')}/api/sync"

    def token(self, subject: str) -> str:
        """Return a token of the servers' own issuer."""
        issuer = LocalIssuer.open(self.folder / "data")
        email = f"{subject}@example.org"
        return issuer.mint(subject, IdentitySettings(), time.time(), TOKEN_SECONDS, email=email, name=subject)

    def call(self, token: str, path: str, **args: Any) -> Any:
        """Return the value of a call.

        Raises:
            RuntimeError: It is refused.
        """
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        request = Request(self.url + RUN + path.replace(":", "/"), json.dumps({"args": args}).encode(), headers)
        try:
            with urlopen(request, timeout=READY_SECONDS, context=self.trust) as response:
                envelope = json.load(response)
        except HTTPError as error:
            envelope = json.load(error)
        if envelope.get("status") != "success":
            raise RuntimeError(f"{path}: {envelope}")
        return envelope["value"]

    def reset_peak(self) -> None:
        """Count the peak of memory from here on."""
        for pid in self._pids:
            Path(f"/proc/{pid}/clear_refs").write_text(RESET_PEAK)

    def use(self) -> Use:
        """Return what the servers use."""
        status = [_status(pid) for pid in self._pids]
        return Use(
            memory=sum(one["VmRSS"] for one in status),
            peak=sum(one["VmHWM"] for one in status),
            cpu=sum(map(_cpu, self._pids)),
            files=_size(self.folder / "data") + _database_size(self._database),
            log=sum(map(_size, self.folder.glob("*.log"))),
        )


def pin(core: int, priority: int = 0) -> Callable[[], None]:
    """Return what a new process does to run on a core, if there are several, and at a priority, if it may."""

    def apply() -> None:
        if (os.cpu_count() or 1) > OTHER_CORE:
            os.sched_setaffinity(0, {core})
        with suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, 0, priority)

    return apply


@contextmanager
def before_other_sessions() -> Iterator[None]:
    """Have this session go before others on the machine, where there is such an order and the user may ask for that."""
    found = None
    with suppress(OSError):
        found = SESSION_PRIORITY.search(SESSION.read_text())
    try:
        with suppress(OSError):
            SESSION.write_text(FIRST_OF_ALL)
        yield
    finally:
        with suppress(OSError):
            if found is not None:
                SESSION.write_text(found[1])


@contextmanager
def serving(folder: Path, kind: str, settings: Mapping[str, str]) -> Iterator[Place]:
    """Yield servers on a folder of their own: `sqlite`, `postgres`, or `nodes`, two behind the balancer of compose."""
    folder.mkdir()
    database = None if kind == "sqlite" else database_of(folder)
    variables = {name: value for name, value in os.environ.items() if not name.startswith("CONNVO_")}
    variables |= {f"CONNVO_{name}": value for name, value in settings.items()}
    if database is not None:
        variables["CONNVO_DATABASE_URL"] = database
    if kind == "nodes":
        variables["CONNVO_TRUSTED_PROXIES"] = "127.0.0.1"
    with ExitStack() as stack:
        started = [
            stack.enter_context(_server(folder, number, variables)) for number in range(NODES if kind == "nodes" else 1)
        ]
        url, authority = started[0][0], None
        if kind == "nodes":
            url = stack.enter_context(balancing(folder, *(url for url, _ in started))).url
            authority = folder / "caddy" / "pki" / "authorities" / "local" / "root.crt"
        yield Place(url, folder, [pid for _, pid in started], authority, database)


@contextmanager
def _server(folder: Path, number: int, variables: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    command = [sys.executable, "-m", "connvo", "serve", "--port", "0", "--data", str(folder / "data")]
    with (
        (folder / f"server{number}.log").open("wb") as log,
        subprocess.Popen(
            command,
            env=dict(variables),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            preexec_fn=pin(SERVER_CORE, SERVER_PRIORITY),
        ) as process,
    ):
        try:
            assert process.stdout is not None
            found = ADDRESS.search(process.stdout.readline())
            if found is None:
                raise RuntimeError("the server did not start")
            _wait_until_ready(found[1])
            yield found[1], process.pid
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_until_ready(url: str) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        with suppress(OSError), urlopen(f"{url}/readyz", timeout=READY_SECONDS):
            return
        time.sleep(POLL_SECONDS)
    raise RuntimeError("the server did not become ready")


def _status(pid: int) -> dict[str, float]:
    """Return the memory that a process has and had at most, in MB, by the names of Linux."""
    lines = (line.partition(":") for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {name: int(rest.split()[0]) / KIB_PER_MB for name, _, rest in lines if name in ("VmRSS", "VmHWM")}


def _cpu(pid: int) -> float:
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / TICKS_PER_SECOND


def _size(path: Path) -> float:
    """Return the size of a file, or of all files below a folder, in MB."""
    total = 0
    for file in [path] if path.is_file() else path.rglob("*"):
        with suppress(FileNotFoundError):
            total += file.stat().st_size
    return total / BYTES_PER_MB


def _database_size(url: str | None) -> float:
    if url is None:
        return 0.0
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return 0.0 if row is None else int(row[0]) / BYTES_PER_MB
