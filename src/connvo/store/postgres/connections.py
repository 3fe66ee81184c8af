"""Connections to PostgreSQL: made when needed, kept while they work, and thrown away when they don't."""

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

from .rows import CLOCK, Clock, Connection, adapt, together, unavailable

APPLICATION = "connvo"
KEEPALIVES = {"keepalives": 1, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
# A host that is gone without a word is noticed within so long.
USER_TIMEOUT_MS = 10_000
# Nobody waits longer for somebody else's transaction than a call may take.
OPTIONS = {
    "lock_timeout": "5s",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "60s",
    "jit": "off",
    "client_encoding": "UTF8",
}
# What it has to say is in the errors it raises, and its log lines name hosts and users.
logging.getLogger("psycopg").setLevel(logging.CRITICAL)
NO_ADDRESS = (
    "CONNVO_DATABASE_URL is no address of a PostgreSQL database; in a password, characters such as @ / : % # "
    "have to be percent-encoded"
)
PORTS = re.compile(r"[\d,]*")
SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class ConnectionPool:
    """Idle connections to one database; whoever takes one has it alone."""

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
        """Yield a connection outside any transaction, and keep it as long as it works.

        Raises:
            StoreUnavailable: The database cannot be reached.
        """
        connection = self._take()
        try:
            yield connection
        finally:
            self._give_back(connection)

    def drop(self, connection: Connection) -> None:
        """Close a connection; all idle ones too when it was broken, as they then are."""
        if connection.broken:
            self._drop_idle()
        with suppress(psycopg.Error):
            connection.close()

    def close(self) -> None:
        """Close what is idle now and what comes back later."""
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
    """Return what libpq takes: the address, and our settings where it says nothing.

    Raises:
        StoreUnavailable: The database cannot be reached.
    """
    try:
        given = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise StoreUnavailable(NO_ADDRESS) from None
    if not PORTS.fullmatch(str(given.get("port") or "")) or "@" in str(given.get("host") or ""):
        raise StoreUnavailable(NO_ADDRESS)  # and libpq's own words could be a part of the password
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
    """Begin a snapshot, which is fixed by its first statement; return the clock in it."""
    return Clock(*together(connection, SNAPSHOT, CLOCK)[0][0])


def send_rollback(connection: Connection) -> None:
    """End a transaction without waiting for the answer: `hear_out` does, before the connection is used again.

    One with a fault has ended by itself but for its name.
    """
    if connection.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS:
        with suppress(psycopg.Error):
            connection.pgconn.send_query(b"ROLLBACK")


def drain(connection: Connection) -> None:
    """Wait until no transaction is open any more. What is wrong with the connection shows when it is used."""
    link = connection.pgconn
    with suppress(psycopg.Error):
        while True:
            while link.is_busy():  # to ask for the answer now would stop every thread
                wait_for(link.socket)
                link.consume_input()
            if link.get_result() is None:
                break
        end(connection)


def wait_for(socket: int) -> None:
    """Return once there is something to read."""
    readable = select.poll()
    readable.register(socket, select.POLLIN)
    readable.poll()


def end(connection: Connection) -> None:
    """End a transaction in which nothing was written, or nothing shall stay.

    After a fault the driver must forget what it had prepared: it may believe so of statements that never came to be.
    """
    status = connection.info.transaction_status
    if status == psycopg.pq.TransactionStatus.INTRANS:
        connection.execute("ROLLBACK")
    elif status != psycopg.pq.TransactionStatus.IDLE:
        connection.rollback()
