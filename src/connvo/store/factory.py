"""Which engine runs: PostgreSQL where an address is given, else a SQLite file in the data folder."""

from pathlib import Path

from connvo.settings import Settings

from .engine import Engine, StoreUnavailable
from .health import DatabaseHealth, Unhealthy
from .sqlite.engine import SqliteEngine
from .sqlite.health import sqlite_health

DATABASE_FILE = "connvo.db"
SCHEMES = ("postgresql://", "postgres://")


def create_engine(settings: Settings) -> Engine:
    """Return the engine of these settings, not yet open.

    Raises:
        StoreUnavailable: For an address it cannot use.
    """
    url = settings.database.url
    if not url:
        return SqliteEngine(sqlite_file(settings), settings.limits, settings.store)
    if not url.startswith(SCHEMES):
        raise StoreUnavailable("CONNVO_DATABASE_URL has to begin with postgresql://")
    try:
        from .postgres.engine import PostgresEngine  # an extra: who needs none has none
    except ImportError as error:
        raise StoreUnavailable(
            f"PostgreSQL needs its driver, which cannot be loaded ({error}): pip install 'connvo[postgres]', "
            "or in a clone: .venv/bin/pip install -e '.[postgres]'"
        ) from None
    return PostgresEngine(url, settings.limits, settings.store, settings.database)


def database_health(settings: Settings) -> DatabaseHealth:
    """Return how the database of these settings is, unchanged.

    Raises:
        NoDatabase: There is no database.
        Unhealthy: The database does not work.
    """
    url = settings.database.url
    if not url:
        return sqlite_health(sqlite_file(settings))
    try:
        create_engine(settings)
    except StoreUnavailable as error:
        raise Unhealthy(error.message) from error
    from .postgres.health import postgres_vitals

    return postgres_vitals(url, settings.database)


def database_address(settings: Settings) -> str | None:
    """Return the libpq connection string of the database, once `engine_of` has taken it; None for a SQLite file."""
    if not settings.database.url:
        return None
    from .postgres.connections import conninfo

    return conninfo(settings.database.url, settings.database)


def sqlite_file(settings: Settings) -> Path:
    """Return where the embedded database lies."""
    return settings.server.data / DATABASE_FILE
