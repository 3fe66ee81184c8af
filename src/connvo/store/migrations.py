"""Bring a database to the declared schema: the half that is the same for both databases.

Tables and indexes follow by difference. `SCHEMA_VERSION` rises with every change of the tables, columns and indexes.
During a rolling upgrade a program may find a database one version ahead; it then leaves the schema unchanged. A
database further ahead is refused.
"""

import os
from collections.abc import Iterator, Mapping
from typing import Protocol

from .engine import NewerDatabase
from .query import column
from .schema import BY_ID, Table, tables

SCHEMA_VERSION = 6
SECRET_BYTES = 32
INDEX_MARK = "__"
OWN_COLUMNS = {"id", "created", "body"}
VERSION, SECRET = "schema_version", "secret"


class Catalog(Protocol):
    """The contents of one database, and the form of its statements."""

    @property
    def own_tables(self) -> Mapping[str, str]:
        """The tables of the store itself, with the statements that create them."""
        ...

    def run(self, statement: str) -> None:
        """Run a statement."""
        ...

    def columns(self) -> Mapping[str, set[str]]:
        """Return the columns of every table."""
        ...

    def indexes(self) -> Mapping[str, str]:
        """Return the indexes of documents, with the statements that created them."""
        ...

    def get_meta(self, key: str) -> str | None:
        """Return a value of the `_meta` table, or None."""
        ...

    def set_meta(self, key: str, value: str) -> None:
        """Store a value in the `_meta` table."""
        ...

    def create_table(self, table: Table) -> str:
        """Return the statement that creates a table with one column per indexed field."""
        ...

    def add_column(self, table: Table, field: str) -> tuple[str, str]:
        """Return the statements that add the column of a field, and fill it."""
        ...

    def create_index(self, table: Table, index: str) -> str:
        """Return the statement that creates an index."""
        ...

    def note_index(self, name: str, statement: str) -> list[str]:
        """Return the statements that record how an index was created, if the database does not do so itself."""
        ...

    def text_indexes(self) -> set[str]:
        """Return the tables that have a text index."""
        ...

    def create_text_index(self, table: Table) -> list[str]:
        """Return the statements that create the text index of a table, with its present documents."""
        ...

    def drop_text_index(self, name: str) -> list[str]:
        """Return the statements that drop the text index of a table."""
        ...


def fit(catalog: Catalog) -> None:
    """Make the database fit this program, inside a transaction that no other process can disturb.

    Raises:
        NewerDatabase: A newer version of connvo wrote the database.
    """
    for statement in pending(catalog):
        catalog.run(statement)
    catalog.run("INSERT INTO _clock VALUES (1, 0, 0) ON CONFLICT DO NOTHING")
    if catalog.get_meta(SECRET) is None:
        catalog.set_meta(SECRET, os.urandom(SECRET_BYTES).hex())
    if not is_ahead(stored_version(catalog)):
        catalog.set_meta(VERSION, str(SCHEMA_VERSION))


def pending(catalog: Catalog) -> list[str]:
    """Return the statements that make the database fit this program, in order; none when it does.

    Reads only.

    Raises:
        NewerDatabase: A newer version of connvo wrote the database.
    """
    columns = catalog.columns()
    if is_ahead(stored_version(catalog) if "_meta" in columns else 0):
        return []
    have, wanted = catalog.indexes(), _declared_indexes(catalog)
    have_text, wanted_text = catalog.text_indexes(), {table.name: table for table in tables() if table.text}
    return [
        *(statement for name, statement in catalog.own_tables.items() if name not in columns),
        *(each for name in sorted(have_text - wanted_text.keys()) for each in catalog.drop_text_index(name)),
        *(f'DROP INDEX "{name}"' for name, statement in have.items() if wanted.get(name) != statement),
        *(statement for table in tables() for statement in _fitting(catalog, table, columns.get(table.name))),
        *(
            each
            for name, statement in wanted.items()
            if have.get(name) != statement
            for each in (statement, *catalog.note_index(name, statement))
        ),
        *(
            each
            for name, table in wanted_text.items()
            if name not in have_text
            for each in catalog.create_text_index(table)
        ),
    ]


def stored_version(catalog: Catalog) -> int:
    """Return the schema version of the database, 0 for a new one."""
    return int(catalog.get_meta(VERSION) or 0)


def stored_secret(catalog: Catalog) -> bytes:
    """Return the secret of the database, which it got when it was created."""
    return bytes.fromhex(catalog.get_meta(SECRET) or "")


def is_ahead(version: int) -> bool:
    """Return whether a database is one schema version ahead of this program.

    Raises:
        NewerDatabase: The database is more than one version ahead.
    """
    if version > SCHEMA_VERSION + 1:
        raise NewerDatabase(
            f"the database has schema version {version}, this program supports {SCHEMA_VERSION} and "
            f"{SCHEMA_VERSION + 1}: start the newer connvo, or restore a backup made with this one"
        )
    return version > SCHEMA_VERSION


def _declared_indexes(catalog: Catalog) -> dict[str, str]:
    return {
        f"{table.name}{INDEX_MARK}{index}": catalog.create_index(table, index)
        for table in tables()
        for index in table.indexes
        if index != BY_ID
    }


def _fitting(catalog: Catalog, table: Table, have: set[str] | None) -> Iterator[str]:
    """Yield the statements that give a table one filled column per indexed field and no other column.

    A column that is no longer written must be dropped, or it would become stale. `have` are the existing columns, None
    if there is no table.
    """
    if have is None:
        yield catalog.create_table(table)
        return
    wanted = {column(field): field for field in table.columns}
    for name in sorted(have - OWN_COLUMNS - wanted.keys()):
        yield f'ALTER TABLE "{table.name}" DROP COLUMN {name}'
    for name, field in wanted.items():
        if name not in have:
            yield from catalog.add_column(table, field)
