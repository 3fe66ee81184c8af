"""Create the data folder, and the engine: PostgreSQL if an address is configured, otherwise a file of SQLite in it."""

import os
from pathlib import Path

from connvo.settings import Settings

from .engine import Engine, StoreUnavailable
from .health import DatabaseHealth, Unhealthy
from .query import column
from .schema import Document, table_of
from .sqlite.engine import SqliteEngine
from .sqlite.health import sqlite_counts, sqlite_health

DATABASE_FILE = "connvo.db"
FOLDER_MODE = 0o700
SCHEMES = ("postgresql://", "postgres://")


def data_folder(path: Path) -> None:
    """Create the data folder if it is missing.

    Raises:
        StoreUnavailable: The folder cannot be created or written.
    """
    try:
        path.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(f"cannot use the data folder {path}: {error.strerror or error}") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise StoreUnavailable(f"cannot use the data folder {path}: this user may not write to it")


def create_engine(settings: Settings) -> Engine:
    """Return the engine of these settings, not yet open.

    Raises:
        StoreUnavailable: The address is not one of PostgreSQL, or its driver cannot be loaded.
    """
    url = settings.database.url
    if not url:
        return SqliteEngine(sqlite_file(settings), settings.limits, settings.store)
    if not url.startswith(SCHEMES):
        raise StoreUnavailable("CONNVO_DATABASE_URL must begin with postgresql://")
    try:
        from .postgres.engine import PostgresEngine  # an optional dependency
    except ImportError as error:
        raise StoreUnavailable(
            f"PostgreSQL needs its driver, which cannot be loaded ({error}): pip install 'connvo[postgres]', "
            "or in a clone: .venv/bin/pip install -e '.[postgres]'"
        ) from None
    return PostgresEngine(url, settings.limits, settings.store, settings.database)


def database_health(settings: Settings) -> DatabaseHealth:
    """Check the health of the database of these settings, without changing it.

    Raises:
        NoDatabase: The database has not been created yet.
        Unhealthy: The database cannot be reached or read.
    """
    url = settings.database.url
    if not url:
        return sqlite_health(sqlite_file(settings))
    _require_engine(settings)
    from .postgres.health import postgres_health

    return postgres_health(url, settings.database)


def count_by(settings: Settings, document: type[Document], field: str) -> dict[str, int]:
    """Return how many documents of a table have each value of a field that is in an index, without changing anything.

    Raises:
        NoDatabase: The database has not been created yet.
        Unhealthy: The database cannot be reached or read.
    """
    name = column(field)
    statement = f'SELECT {name}, count(*) FROM "{table_of(document).name}" GROUP BY {name}'
    url = settings.database.url
    if not url:
        return sqlite_counts(sqlite_file(settings), statement)
    _require_engine(settings)
    from .postgres.health import postgres_counts

    return postgres_counts(url, settings.database, statement)


def database_address(settings: Settings) -> str | None:
    """Return the libpq connection string of the database, or None for a SQLite file.

    Raises:
        StoreUnavailable: The address is not one of PostgreSQL; `create_engine` reports it first.
    """
    if not settings.database.url:
        return None
    from .postgres.connections import conninfo

    return conninfo(settings.database.url, settings.database)


def sqlite_file(settings: Settings) -> Path:
    """Return the path of the SQLite file."""
    return settings.server.data / DATABASE_FILE


def _require_engine(settings: Settings) -> None:
    try:
        create_engine(settings)
    except StoreUnavailable as error:
        raise Unhealthy(error.message) from error
