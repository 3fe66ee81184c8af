"""A PostgreSQL server of the tests' own: made when first needed, gone with the process that made it."""

import atexit
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg

from connvo.store.postgres.migrations import migrate

from .outside import needs
from .ports import own_port

NAME = "PostgreSQL"
INHERITED = "CONNVO_TEST_POSTGRES"
SUPERUSER = "postgres"
DEBIAN = Path("/usr/lib/postgresql")
READY_SECONDS = 30.0
STOP_SECONDS = 30.0
LOOK_EVERY_SECONDS = 0.05
# Nothing here has to outlive the machine; what it costs to be sure of that is measured in the benchmarks.
FAST = {"fsync": "off", "synchronous_commit": "on", "full_page_writes": "off"}
SMALL = {"max_connections": "200", "shared_buffers": "64MB", "autovacuum": "on", "logging_collector": "off"}


class PostgresServer:
    """A database server on a port of 127.0.0.1. `settings` are its own, such as `fsync`."""

    def __init__(self, folder: Path, settings: dict[str, str] | None = None) -> None:
        needs(NAME)
        self.folder = folder
        self.port = own_port()
        self._data = folder / "data"
        self._log = folder / "log"
        self._settings = {**SMALL, **(FAST if settings is None else settings)}
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(folder, SUPERUSER, SUPERUSER)
        self._run("initdb", "-D", str(self._data), "-A", "trust", "-U", SUPERUSER, "--locale=C", "-E", "UTF8", "-N")

    def start(self) -> None:
        """Start it; return once it answers."""
        options = {"listen_addresses": "127.0.0.1", "port": str(self.port), **self._settings}
        options["unix_socket_directories"] = str(self.folder)
        flags = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*_as_user(), _program("postgres"), "-D", str(self._data), *flags], stdout=log, stderr=log, cwd="/"
            )
        until = time.monotonic() + READY_SECONDS
        while True:
            try:
                psycopg.connect(self.url(), connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > until or self._process.poll() is not None:
                    raise AssertionError(f"PostgreSQL did not start:\n{self._log.read_text()[-2000:]}") from None
                time.sleep(LOOK_EVERY_SECONDS)

    def stop(self) -> None:
        """Stop it at once, with every connection; what was committed is on disk."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it as a power cut does."""
        self._end(signal.SIGQUIT)

    def restart(self) -> None:
        """Stop and start it."""
        self.stop()
        self.start()

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def url(self, database: str = SUPERUSER) -> str:
        """Return the address of a database."""
        return f"postgresql://{SUPERUSER}@127.0.0.1:{self.port}/{database}"

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(how)
            process.wait(STOP_SECONDS)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run([*_as_user(), _program(program), *arguments], capture_output=True, text=True, cwd="/")
        assert done.returncode == 0, done.stderr


def _as_user() -> list[str]:
    """Return what a command begins with: a database server refuses to run as root."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={SUPERUSER}", f"--regid={SUPERUSER}", "--clear-groups"]


def _program(name: str) -> str:
    found = shutil.which(name) or next((str(path) for path in sorted(DEBIAN.glob(f"*/bin/{name}"), reverse=True)), None)
    assert found is not None, f"there is no {name}: install PostgreSQL, on Debian with: apt install postgresql"
    return found


@contextmanager
def serving(settings: dict[str, str] | None = None) -> Iterator[PostgresServer]:
    """Yield a running server of one's own, to be stopped, killed and started; it is gone afterwards.

    Its folder is not pytest's, which other users may not enter.
    """
    with tempfile.TemporaryDirectory(prefix="connvo-postgres-", ignore_cleanup_errors=True) as made:
        Path(made).chmod(0o711)
        server = PostgresServer(Path(made) / "server", settings)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@cache
def server_url() -> str:
    """Return the address of the server that the tests of this process share with the processes they start."""
    needs(NAME)
    inherited = os.environ.get(INHERITED)
    if inherited is not None:
        return inherited
    folder = Path(tempfile.mkdtemp(prefix="connvo-postgres-"))
    folder.chmod(0o711)
    server = PostgresServer(folder / "server")
    server.start()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.stop)
    os.environ[INHERITED] = server.url()
    return server.url()


def database_of(folder: Path, template: Callable[[], str] = lambda: "template0") -> str:
    """Return the address of the database that stands for a folder; make it when there is none, as a copy."""
    name = "t" + hashlib.sha256(str(folder).encode()).hexdigest()[:20]
    with psycopg.connect(server_url(), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if known is None:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template()}"')
    return _address(name)


@cache
def with_tables() -> str:
    """Return the name of a database that has the declared tables, and nothing in them but a clock that stands at 0.

    Copying them is faster than making them. A database that is a copy has no secret yet.
    """
    name = f"tables_{os.getpid()}"
    with psycopg.connect(server_url(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        with psycopg.connect(_address(name), autocommit=True) as made:
            migrate(made)
            made.execute("DELETE FROM _meta WHERE key = 'secret'")
        connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    return name


def _address(name: str) -> str:
    return server_url().rsplit("/", 1)[0] + f"/{name}"
