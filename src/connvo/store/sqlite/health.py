"""Read how a SQLite database is, from outside; see `store/health.py`."""

import sqlite3
from contextlib import closing
from pathlib import Path
from time import perf_counter

from connvo.store.health import MS, DatabaseHealth, NoDatabase, Unhealthy
from connvo.store.migrations import SCHEMA_VERSION

from .migrations import stored_version

PATIENCE_SECONDS = 2.0


def sqlite_health(path: Path) -> DatabaseHealth:
    """Return how a SQLite database is.

    Raises:
        NoDatabase: There is no database.
        Unhealthy: The database does not work.
    """
    if not path.exists():
        raise NoDatabase
    try:
        opened = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=PATIENCE_SECONDS)
        with closing(opened) as connection:
            since = perf_counter()
            version = stored_version(connection)
            connection.execute("SELECT ts FROM _clock").fetchone()
            took = (perf_counter() - since) * MS
            # The engine asks for the log ahead of the data; where the file system has none, a crash can lose commits.
            journal = connection.execute("PRAGMA journal_mode").fetchone()[0]
    except sqlite3.Error as error:
        raise Unhealthy(f"the database cannot be read: {error}") from error
    return DatabaseHealth(
        kind="SQLite",
        schema_version=version,
        known_version=SCHEMA_VERSION,
        durable=str(journal).lower() == "wal",
        read_ms=took,
    )
