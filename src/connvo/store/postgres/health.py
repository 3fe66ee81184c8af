"""Check the health of a PostgreSQL database over one read-only connection; see `store/health.py`."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from time import perf_counter

import psycopg

from connvo.settings import DatabaseSettings
from connvo.store.engine import StoreUnavailable
from connvo.store.health import MS, DatabaseHealth, NoDatabase, Unhealthy
from connvo.store.migrations import SCHEMA_VERSION, stored_version

from .connections import ConnectionPool
from .migrations import PostgresCatalog
from .rows import CLOCK, Connection, fetch_one, unavailable

# With any of these off, a power cut can lose a commit that was confirmed.
NEEDED = ("fsync", "full_page_writes", "synchronous_commit")
OFF = "off"


def postgres_health(url: str, settings: DatabaseSettings) -> DatabaseHealth:
    """Check the health of the database at an address.

    Raises:
        NoDatabase: The database has no tables of connvo yet.
        Unhealthy: The database cannot be reached or read.
    """
    with _reading(url, settings) as connection:
        since = perf_counter()
        version = stored_version(PostgresCatalog(connection))
        fetch_one(connection, CLOCK)
        took = (perf_counter() - since) * MS
        durable = all(fetch_one(connection, f"SHOW {name}")[0] != OFF for name in NEEDED)
    return DatabaseHealth(
        kind="PostgreSQL", schema_version=version, known_version=SCHEMA_VERSION, durable=durable, read_ms=took
    )


def postgres_counts(url: str, settings: DatabaseSettings, statement: str) -> dict[str, int]:
    """Return the counts that a statement reads from the database at an address.

    Raises:
        NoDatabase: The database has no tables of connvo yet.
        Unhealthy: The database cannot be reached or read.
    """
    with _reading(url, settings) as connection:
        return dict(connection.execute(statement).fetchall())


@contextmanager
def _reading(url: str, settings: DatabaseSettings) -> Iterator[Connection]:
    try:
        with closing(ConnectionPool(url, settings).connect()) as connection:
            connection.execute("SET default_transaction_read_only = on")
            yield connection
    except psycopg.errors.UndefinedTable:
        raise NoDatabase from None
    except psycopg.Error as error:
        raise Unhealthy(unavailable("read", error).message) from error
    except StoreUnavailable as error:
        raise Unhealthy(error.message) from error
