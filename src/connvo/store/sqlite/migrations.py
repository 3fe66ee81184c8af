"""Bring a SQLite database to the declared schema, in one transaction."""

import sqlite3
from contextlib import closing
from pathlib import Path

from connvo.store.engine import StoreUnavailable
from connvo.store.migrations import INDEX_MARK, fit, pending
from connvo.store.query import column, index_columns
from connvo.store.schema import Table
from connvo.store.text_search import TERMS_MARK, TEXT_MARK


class SqliteCatalog:
    """The tables and indexes of a SQLite database."""

    own_tables = {
        "_meta": "CREATE TABLE _meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        "_clock": "CREATE TABLE _clock (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER, ts INTEGER)",
        "_log": "CREATE TABLE _log (seq INTEGER PRIMARY KEY, ts INTEGER UNIQUE, keys TEXT NOT NULL)",
    }

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def run(self, statement: str) -> None:
        """Run a statement."""
        self._connection.execute(statement)

    def columns(self) -> dict[str, set[str]]:
        """Return the columns of every table."""
        names = self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {name: {row[1] for row in self._connection.execute(f'PRAGMA table_info("{name}")')} for (name,) in names}

    def indexes(self) -> dict[str, str]:
        """Return the indexes of documents, with the statements that created them."""
        rows = self._connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        return {name: sql for name, sql in rows if INDEX_MARK in name}

    def get_meta(self, key: str) -> str | None:
        """Return a value of the `_meta` table, or None."""
        row = self._connection.execute("SELECT value FROM _meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, key: str, value: str) -> None:
        """Store a value in the `_meta` table."""
        self._connection.execute(
            "INSERT INTO _meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value)
        )

    def create_table(self, table: Table) -> str:
        """Return the statement that creates a table with one column per indexed field."""
        columns = ["id TEXT PRIMARY KEY", "created REAL NOT NULL", "body TEXT NOT NULL", *map(column, table.columns)]
        return f'CREATE TABLE "{table.name}" ({", ".join(columns)}) WITHOUT ROWID'

    def add_column(self, table: Table, field: str) -> tuple[str, str]:
        """Return the statements that add the column of a field, and fill it."""
        name, value = column(field), f"json_extract(body, '$.{table.wire_fields[field]}')"
        return f'ALTER TABLE "{table.name}" ADD COLUMN {name}', f'UPDATE "{table.name}" SET {name} = {value}'

    def create_index(self, table: Table, index: str) -> str:
        """Return the statement that creates an index."""
        columns = ", ".join(index_columns(table, index))
        return f'CREATE INDEX "{table.name}{INDEX_MARK}{index}" ON "{table.name}" ({columns})'

    def note_index(self, name: str, statement: str) -> list[str]:
        """Return no statement: SQLite keeps the text that created an index."""
        return []

    def text_indexes(self) -> set[str]:
        """Return the tables that have a text index."""
        rows = self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {name.removesuffix(TEXT_MARK) for (name,) in rows if name.endswith(TEXT_MARK)}

    def create_text_index(self, table: Table) -> list[str]:
        """Return the statements that create the text index of a table, with its present documents.

        FTS5 names a document by a number, so a table gives each id one. Triggers follow every write of documents.
        """
        name, field = table.name, column(str(table.text))
        known, terms = f'"{name}{TEXT_MARK}"', f'"{name}{TERMS_MARK}"'
        number = f"(SELECT n FROM {known} WHERE id = {{}}.id)"
        add = f"INSERT INTO {terms} (rowid, terms) VALUES ({number.format('new')}, new.{field});"
        remove = f"INSERT INTO {terms} ({terms}, rowid, terms) VALUES ('delete', {number.format('old')}, old.{field});"
        on = f'ON "{name}" BEGIN'
        return [
            f"CREATE TABLE {known} (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE)",
            f"CREATE VIRTUAL TABLE {terms} USING fts5(terms, content='', tokenize='ascii', detail=none)",
            f'INSERT INTO {known} (id) SELECT id FROM "{name}"',
            f'INSERT INTO {terms} (rowid, terms) SELECT n, {field} FROM "{name}" JOIN {known} USING (id)',
            f'CREATE TRIGGER "{name}{TEXT_MARK}_insert" AFTER INSERT {on}'
            f" INSERT INTO {known} (id) VALUES (new.id); {add} END",
            f'CREATE TRIGGER "{name}{TEXT_MARK}_update" AFTER UPDATE OF {field} {on} {remove} {add} END',
            f'CREATE TRIGGER "{name}{TEXT_MARK}_delete" AFTER DELETE {on}'
            f" {remove} DELETE FROM {known} WHERE id = old.id; END",
        ]

    def drop_text_index(self, name: str) -> list[str]:
        """Return the statements that drop the text index of a table."""
        triggers = [f'DROP TRIGGER "{name}{TEXT_MARK}_{event}"' for event in ("insert", "update", "delete")]
        return [*triggers, f'DROP TABLE "{name}{TERMS_MARK}"', f'DROP TABLE "{name}{TEXT_MARK}"']


def migrate(connection: sqlite3.Connection) -> None:
    """Make the database fit this program, in one transaction.

    Raises:
        NewerDatabase: A newer version of connvo wrote the database.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        fit(SqliteCatalog(connection))
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def pending_at(path: Path) -> list[str]:
    """Return the pending statements of a file that may not exist yet.

    Raises:
        NewerDatabase: A newer version of connvo wrote the database.
        StoreUnavailable: The file cannot be read.
    """
    try:
        address = f"{path.absolute().as_uri()}?mode=ro" if path.exists() else ":memory:"
        with closing(sqlite3.connect(address, uri=True)) as connection:
            return pending(SqliteCatalog(connection))
    except (sqlite3.Error, OSError) as error:
        raise StoreUnavailable(f"cannot use the database {path}: {error}") from error
