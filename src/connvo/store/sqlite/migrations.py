"""Bring a SQLite database to the declared schema: tables and indexes by difference, data by numbered steps."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from connvo.store.engine import StoreUnavailable
from connvo.store.migrations import INDEX_MARK, OWN_COLUMNS, SCHEMA_VERSION, SECRET_BYTES, is_ahead
from connvo.store.query import column, index_columns
from connvo.store.schema import BY_ID, Table, tables

OWN_TABLES = {
    "_meta": "CREATE TABLE _meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "_clock": "CREATE TABLE _clock (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER, ts INTEGER)",
    "_log": "CREATE TABLE _log (seq INTEGER PRIMARY KEY, ts INTEGER UNIQUE, keys TEXT NOT NULL)",
}


def migrate(connection: sqlite3.Connection) -> None:
    """Make the database fit this program, in one transaction.

    Raises:
        NewerDatabase: A newer version of connvo wrote the database.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        for sql in pending(connection):
            connection.execute(sql)
        connection.execute("INSERT OR IGNORE INTO _clock VALUES (1, 0, 0)")
        if get_meta(connection, "secret") is None:
            set_meta(connection, "secret", os.urandom(SECRET_BYTES).hex())
        if not is_ahead(stored_version(connection)):
            set_meta(connection, "schema_version", str(SCHEMA_VERSION))
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def pending(connection: sqlite3.Connection) -> list[str]:
    """Return the statements that make the database fit this program, in order; none when it does.

    Reads only.

    Raises:
        NewerDatabase: A newer version of connvo wrote the database.
    """
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    version = stored_version(connection) if "_meta" in names else 0
    if is_ahead(version):
        return []
    have, wanted = _indexes(connection), _wanted_indexes()
    return [
        *(sql for name, sql in OWN_TABLES.items() if name not in names),
        *(f'DROP INDEX "{name}"' for name, sql in have.items() if wanted.get(name) != sql),
        *(sql for table in tables() for sql in _fitting(connection, table)),
        *(sql for name, sql in wanted.items() if have.get(name) != sql),
    ]


def pending_at(path: Path) -> list[str]:
    """Return the pending statements of a file that may not exist yet.

    Raises:
        NewerDatabase: A newer version of connvo wrote the database.
        StoreUnavailable: The file cannot be read.
    """
    try:
        address = f"{path.absolute().as_uri()}?mode=ro" if path.exists() else ":memory:"
        with closing(sqlite3.connect(address, uri=True)) as connection:
            return pending(connection)
    except (sqlite3.Error, OSError) as error:
        raise StoreUnavailable(f"cannot use the database {path}: {error}") from error


def get_meta(connection: sqlite3.Connection, key: str) -> str | None:
    """Return a value of the `_meta` table, or None."""
    row = connection.execute("SELECT value FROM _meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def set_meta(connection: sqlite3.Connection, key: str, value: str) -> None:
    """Store a value in the `_meta` table."""
    connection.execute(
        "INSERT INTO _meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value)
    )


def stored_version(connection: sqlite3.Connection) -> int:
    """Return the schema version of the database, 0 for a new one."""
    return int(get_meta(connection, "schema_version") or 0)


def _fitting(connection: sqlite3.Connection, table: Table) -> Iterator[str]:
    """Yield the statements that give a table one filled column per indexed field and no other column.

    A column that is no longer written must be dropped, or it would become stale.
    """
    have = {row[1] for row in connection.execute(f'PRAGMA table_info("{table.name}")')}
    wanted = {column(field): field for field in table.columns}
    if not have:
        names = ", ".join(["id TEXT PRIMARY KEY", "created REAL NOT NULL", "body TEXT NOT NULL", *wanted])
        yield f'CREATE TABLE "{table.name}" ({names}) WITHOUT ROWID'
        return
    for name in sorted(have - OWN_COLUMNS - wanted.keys()):
        yield f'ALTER TABLE "{table.name}" DROP COLUMN {name}'
    for name, field in wanted.items():
        if name not in have:
            yield f'ALTER TABLE "{table.name}" ADD COLUMN {name}'
            yield f"""UPDATE "{table.name}" SET {name} = json_extract(body, '$.{table.wire_fields[field]}')"""


def _indexes(connection: sqlite3.Connection) -> dict[str, str]:
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    return {name: sql for name, sql in rows if INDEX_MARK in name}


def _wanted_indexes() -> dict[str, str]:
    return {f"{t.name}{INDEX_MARK}{i}": index_sql(t, i) for t in tables() for i in t.indexes if i != BY_ID}


def index_sql(table: Table, index: str) -> str:
    """Return the statement that creates an index."""
    columns = ", ".join(index_columns(table, index))
    return f'CREATE INDEX "{table.name}{INDEX_MARK}{index}" ON "{table.name}" ({columns})'
