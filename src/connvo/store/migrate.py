"""Bringing a database to the declared schema: tables and indexes by difference, data by numbered steps.

`SCHEMA_VERSION` rises with every step that an older program could not live with. A database with a higher one
is refused, never touched.
"""

import os
import sqlite3

from .engine import NewerDatabase
from .query import column, index_columns
from .schema import BY_ID, Table, tables

SCHEMA_VERSION = 1
SECRET_BYTES = 32
INDEX_MARK = "__"
OWN_COLUMNS = {"id", "created", "body"}


def migrate(connection: sqlite3.Connection) -> None:
    """Makes the database fit this program, in one transaction. Raises NewerDatabase."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        _own_tables(connection)
        version = stored_version(connection)
        if version > SCHEMA_VERSION:
            raise NewerDatabase(
                f"the database has schema version {version}, this program knows {SCHEMA_VERSION}: "
                "start the newer connvo, or restore a backup made with this one"
            )
        _drop_indexes(connection)
        for table in tables():
            _create_table(connection, table)
            _fit_columns(connection, table)
        _create_indexes(connection)
        set_meta(connection, "schema_version", str(SCHEMA_VERSION))
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def get_meta(connection: sqlite3.Connection, key: str) -> str | None:
    """Returns a value of the database's own notes."""
    row = connection.execute("SELECT value FROM _meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def set_meta(connection: sqlite3.Connection, key: str, value: str) -> None:
    """Stores a value of the database's own notes."""
    connection.execute(
        "INSERT INTO _meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value)
    )


def stored_version(connection: sqlite3.Connection) -> int:
    """Returns the schema version of the database; 0 when it is new."""
    return int(get_meta(connection, "schema_version") or 0)


def _own_tables(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS _meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS _clock (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER, ts INTEGER)"
    )
    connection.execute("INSERT OR IGNORE INTO _clock VALUES (1, 0, 0)")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS _log (seq INTEGER PRIMARY KEY, ts INTEGER UNIQUE, keys TEXT NOT NULL)"
    )
    if get_meta(connection, "secret") is None:
        set_meta(connection, "secret", os.urandom(SECRET_BYTES).hex())


def _create_table(connection: sqlite3.Connection, table: Table) -> None:
    names = ", ".join(
        ["id TEXT PRIMARY KEY", "created REAL NOT NULL", "body TEXT NOT NULL", *map(column, table.columns)]
    )
    connection.execute(f'CREATE TABLE IF NOT EXISTS "{table.name}" ({names}) WITHOUT ROWID')


def _fit_columns(connection: sqlite3.Connection, table: Table) -> None:
    """Gives a table a filled column per indexed field and no other; one that is not kept up must not stay."""
    have = {row[1] for row in connection.execute(f'PRAGMA table_info("{table.name}")')} - OWN_COLUMNS
    for name in have - set(map(column, table.columns)):
        connection.execute(f'ALTER TABLE "{table.name}" DROP COLUMN {name}')
    for field in table.columns:
        if column(field) not in have:
            wire_field = f"$.{table.wire_fields[field]}"
            connection.execute(f'ALTER TABLE "{table.name}" ADD COLUMN {column(field)}')
            connection.execute(f'UPDATE "{table.name}" SET {column(field)} = json_extract(body, ?)', (wire_field,))


def _drop_indexes(connection: sqlite3.Connection) -> None:
    wanted = _wanted_indexes()
    for name, sql in _indexes(connection).items():
        if wanted.get(name) != sql:
            connection.execute(f'DROP INDEX "{name}"')


def _create_indexes(connection: sqlite3.Connection) -> None:
    have = _indexes(connection)
    for name, sql in _wanted_indexes().items():
        if name not in have:
            connection.execute(sql)


def _indexes(connection: sqlite3.Connection) -> dict[str, str]:
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    return {name: sql for name, sql in rows if INDEX_MARK in name}


def _wanted_indexes() -> dict[str, str]:
    return {f"{t.name}{INDEX_MARK}{i}": index_sql(t, i) for t in tables() for i in t.indexes if i != BY_ID}


def index_sql(table: Table, index: str) -> str:
    """Returns the statement that creates an index."""
    columns = ", ".join(index_columns(table, index))
    return f'CREATE INDEX "{table.name}{INDEX_MARK}{index}" ON "{table.name}" ({columns})'
