"""Check the health of a SQLite database; see `store/health.py`."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import perf_counter

from connvo.store.health import MS, DatabaseHealth, NoDatabase, Unhealthy
from connvo.store.migrations import SCHEMA_VERSION, stored_version

from .migrations import SqliteCatalog

TIMEOUT_SECONDS = 2.0


def sqlite_health(path: Path) -> DatabaseHealth:
    """Check the health of the SQLite database at a path.

    Raises:
        NoDatabase: There is no file at the path.
        Unhealthy: The file cannot be read or is no database of connvo.
    """
    with _reading(path) as connection:
        since = perf_counter()
        version = stored_version(SqliteCatalog(connection))
        connection.execute("SELECT ts FROM _clock").fetchone()
        took = (perf_counter() - since) * MS
        # The engine requests a write-ahead log; on file systems that do not support it, a crash can lose commits.
        journal = connection.execute("PRAGMA journal_mode").fetchone()[0]
    return DatabaseHealth(
        kind="SQLite",
        schema_version=version,
        known_version=SCHEMA_VERSION,
        durable=str(journal).lower() == "wal",
        read_ms=took,
    )


def sqlite_counts(path: Path, statement: str) -> dict[str, int]:
    """Return the counts that a statement reads from the database at a path.

    Raises:
        NoDatabase: There is no file at the path.
        Unhealthy: The file cannot be read or is no database of connvo.
    """
    with _reading(path) as connection:
        return dict(connection.execute(statement).fetchall())


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    if not path.exists():
        raise NoDatabase
    try:
        opened = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=TIMEOUT_SECONDS)
        with closing(opened) as connection:
            yield connection
    except sqlite3.Error as error:
        raise Unhealthy(f"the database cannot be read: {error}") from error
