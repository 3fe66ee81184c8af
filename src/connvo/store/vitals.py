"""How a database is, seen from outside: read only, nothing migrated, nothing kept open.

For an operator's questions while a server may be running on it.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from time import perf_counter

import msgspec

from .migrate import SCHEMA_VERSION, stored_version

MS = 1000.0
PATIENCE_SECONDS = 2.0


class Vitals(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen. `durable` says whether a commit survives a power cut with the engine's own settings."""

    kind: str
    schema_version: int
    known_version: int
    durable: bool
    read_ms: float


class NoDatabase(Exception):
    """There is none yet."""


class Ailing(Exception):
    """It cannot be read; the text says why, without its path."""


def sqlite_vitals(path: Path) -> Vitals:
    """Returns how a SQLite database is. Raises NoDatabase, Ailing."""
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
        raise Ailing(f"the database cannot be read: {error}") from error
    return Vitals(
        kind="SQLite",
        schema_version=version,
        known_version=SCHEMA_VERSION,
        durable=str(journal).lower() == "wal",
        read_ms=took,
    )
