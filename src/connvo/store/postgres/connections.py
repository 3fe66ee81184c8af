"""Open PostgreSQL connections when needed, reuse them while they work, and close broken ones."""

import logging
import re
import select
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from connvo.settings import DatabaseSettings
from connvo.store.engine import StoreUnavailable

from .rows import CLOCK, Clock, Connection, adapt, run_together, unavailable

APPLICATION = "connvo"
KEEPALIVES = {"keepalives": 1, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
# An unreachable host is detected within this time.
USER_TIMEOUT_MS = 10_000
# No transaction waits for another one longer than a call may take.
OPTIONS = {
    "lock_timeout": "5s",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "60s",
    "jit": "off",
    "client_encoding": "UTF8",
}
# Its log lines name hosts and users, and its exceptions carry the same information.
logging.getLogger("psycopg").setLevel(logging.CRITICAL)
NO_ADDRESS = (
    "CONNVO_DATABASE_URL is not the address of a PostgreSQL database: use postgresql://user:password@host/database, "
    "and percent-encode characters such as @ / : % # in the password"
)
PORTS = re.compile(r"[\d,]*")
SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class ConnectionPool:
    """A pool of idle connections to one database; a taken connection has one user."""

    def __init__(self, url: str, settings: DatabaseSettings) -> None:
        self._url = url
        self._settings = settings
        self._idle: deque[Connection] = deque()
        self._closed = False

    def connect(self) -> Connection:
        """Return a new connection.

        Raises:
            StoreUnavailable: The database cannot be reached.
        """
        try:
            connection = psycopg.connect(conninfo(self._url, self._settings), autocommit=True)
        except psycopg.Error as error:
            raise unavailable("reached", error) from error
        adapt(connection)
        return connection

    @contextmanager
    def taken(self) -> Iterator[Connection]:
        """Yield a connection outside any transaction, and return it to the pool if it still works.

        Raises:
            StoreUnavailable: The database cannot be reached.
        """
        connection = self._take()
        try:
            yield connection
        finally:
            self._give_back(connection)

    def drop(self, connection: Connection) -> None:
        """Close a connection; if it was broken, close the idle ones too, which are then probably broken."""
        if connection.broken:
            self._drop_idle()
        with suppress(psycopg.Error):
            connection.close()

    def close(self) -> None:
        """Close the idle connections, and the others when they are returned."""
        self._closed = True
        self._drop_idle()

    def _take(self) -> Connection:
        with suppress(IndexError):
            connection = self._idle.pop()
            drain(connection)
            return connection
        return self.connect()

    def _give_back(self, connection: Connection) -> None:
        send_rollback(connection)
        if self._closed or connection.broken:
            self.drop(connection)
        else:
            self._idle.append(connection)

    def _drop_idle(self) -> None:
        while True:
            try:
                idle = self._idle.pop()
            except IndexError:
                return
            with suppress(psycopg.Error):
                idle.close()


def conninfo(url: str, settings: DatabaseSettings) -> str:
    """Return the libpq connection string of an address, with our settings as defaults.

    Raises:
        StoreUnavailable: The address is not valid.
    """
    try:
        given = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise StoreUnavailable(NO_ADDRESS) from None
    if not PORTS.fullmatch(str(given.get("port") or "")) or "@" in str(given.get("host") or ""):
        raise StoreUnavailable(NO_ADDRESS)  # libpq's own message could contain a part of the password
    options = " ".join(f"-c {name}={value}" for name, value in OPTIONS.items())
    defaults: dict[str, str | int] = {
        "application_name": APPLICATION,
        "connect_timeout": int(settings.connect_timeout_seconds),
        "tcp_user_timeout": USER_TIMEOUT_MS,
        **KEEPALIVES,
    }
    defaults |= {name: value for name, value in given.items() if value is not None}
    defaults["options"] = f"{options} {given.get('options') or ''}".strip()
    return make_conninfo("", **defaults)


def begin_snapshot(connection: Connection) -> Clock:
    """Begin a snapshot, which its first statement fixes; return the clock in it.

    Raises:
        psycopg.Error: The database cannot be reached.
    """
    return Clock(*run_together(connection, SNAPSHOT, CLOCK)[0][0])


def send_rollback(connection: Connection) -> None:
    """Send ROLLBACK without waiting for the answer; `drain` waits for it before the connection is used again.

    A failed transaction needs none yet: `drain` ends it.
    """
    if connection.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS:
        with suppress(psycopg.Error):
            connection.pgconn.send_query(b"ROLLBACK")


def drain(connection: Connection) -> None:
    """Wait until no transaction is open. Connection errors surface on the next use."""
    pgconn = connection.pgconn
    with suppress(psycopg.Error):
        while True:
            while pgconn.is_busy():  # get_result would block every thread of the process
                wait_for(pgconn.socket)
                pgconn.consume_input()
            if pgconn.get_result() is None:
                break
        end(connection)


def wait_for(socket: int) -> None:
    """Wait until a socket is readable."""
    readable = select.poll()
    readable.register(socket, select.POLLIN)
    readable.poll()


def end(connection: Connection) -> None:
    """Roll back a transaction, if one is open.

    After an error `rollback` also clears the driver's cache of prepared statements, some of which may not exist.

    Raises:
        psycopg.Error: The database cannot be reached.
    """
    status = connection.info.transaction_status
    if status == psycopg.pq.TransactionStatus.INTRANS:
        connection.execute("ROLLBACK")
    elif status != psycopg.pq.TransactionStatus.IDLE:
        connection.rollback()
