"""Bring a PostgreSQL database to the declared schema, one process at a time.

Text sorts by its bytes, as everywhere else.
"""

import msgspec.inspect
from psycopg import sql

from connvo.store.migrations import INDEX_MARK, fit
from connvo.store.query import column, index_columns
from connvo.store.schema import Table
from connvo.store.text_search import TEXT_MARK, tsvector

from .rows import DIALECT, Connection

# An arbitrary number that is the same in every process.
LOCK = 0x636F6E6E766F
TEXT, FLOAT, INTEGER, BOOLEAN = 'text COLLATE "C"', "double precision", "numeric", "bigint"


class PostgresCatalog:
    """The tables and indexes of a PostgreSQL database. The comment of an index is the statement that created it."""

    own_tables = {
        "_meta": "CREATE TABLE _meta (key text PRIMARY KEY, value text NOT NULL)",
        "_clock": (
            "CREATE TABLE _clock (one int PRIMARY KEY CHECK (one = 1), seq bigint NOT NULL, ts bigint NOT NULL)"
            " WITH (fillfactor = 10)"
        ),
        "_log": "CREATE TABLE _log (seq bigint PRIMARY KEY, ts bigint NOT NULL UNIQUE, keys text NOT NULL)",
    }

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def run(self, statement: str) -> None:
        """Run a statement."""
        self._connection.execute(statement)

    def columns(self) -> dict[str, set[str]]:
        """Return the columns of every table."""
        rows = self._connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
        )
        found: dict[str, set[str]] = {}
        for table, name in rows:
            found.setdefault(table, set()).add(name)
        return found

    def indexes(self) -> dict[str, str]:
        """Return the indexes of documents, with the statements that created them."""
        rows = self._connection.execute(
            "SELECT c.relname, coalesce(obj_description(c.oid, 'pg_class'), '') FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'i' AND n.nspname = current_schema()"
        )
        return {name: text for name, text in rows if INDEX_MARK in name and not name.endswith(TEXT_MARK)}

    def get_meta(self, key: str) -> str | None:
        """Return a value of the `_meta` table, or None."""
        row = self._connection.execute("SELECT value FROM _meta WHERE key = %s", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, key: str, value: str) -> None:
        """Store a value in the `_meta` table."""
        self._connection.execute(
            "INSERT INTO _meta VALUES (%s, %s) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value)
        )

    def create_table(self, table: Table) -> str:
        """Return the statement that creates a table with one column per indexed field."""
        own = [f"id {TEXT} PRIMARY KEY", f"created {FLOAT} NOT NULL", "body text NOT NULL"]
        fields = [f"{column(field)} {kind}" for field, kind in _column_types(table).items()]
        return f'CREATE TABLE "{table.name}" ({", ".join(own + fields)})'

    def add_column(self, table: Table, field: str) -> tuple[str, str]:
        """Return the statements that add the column of a field, and fill it."""
        name, kind = column(field), _column_types(table)[field]
        value = _stored_value(table.wire_fields[field], kind)
        return f'ALTER TABLE "{table.name}" ADD COLUMN {name} {kind}', f'UPDATE "{table.name}" SET {name} = {value}'

    def create_index(self, table: Table, index: str) -> str:
        """Return the statement that creates an index."""
        columns = ", ".join(DIALECT.order(name) for name in index_columns(table, index))
        return f'CREATE INDEX "{table.name}{INDEX_MARK}{index}" ON "{table.name}" ({columns})'

    def note_index(self, name: str, statement: str) -> list[str]:
        """Return the statement that comments an index with the statement that created it."""
        comment = sql.SQL("COMMENT ON INDEX {} IS {}").format(sql.Identifier(name), sql.Literal(statement))
        return [comment.as_string(self._connection)]

    def text_indexes(self) -> set[str]:
        """Return the tables that have a text index."""
        rows = self._connection.execute("SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()")
        return {name.removesuffix(TEXT_MARK) for (name,) in rows if name.endswith(TEXT_MARK)}

    def create_text_index(self, table: Table) -> list[str]:
        """Return the statement that creates the text index of a table, with its present documents."""
        return [f'CREATE INDEX "{table.name}{TEXT_MARK}" ON "{table.name}" USING gin ({tsvector(table)})']

    def drop_text_index(self, name: str) -> list[str]:
        """Return the statement that drops the text index of a table."""
        return [f'DROP INDEX "{name}{TEXT_MARK}"']


def migrate(connection: Connection) -> None:
    """Make the database fit this program, in one transaction.

    Raises:
        NewerDatabase: A newer version of connvo wrote the database.
    """
    with connection.transaction():
        connection.execute("SET LOCAL lock_timeout = 0")
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        fit(PostgresCatalog(connection))


def _stored_value(wire_field: str, kind: str) -> str:
    """Return the expression that reads a field from the body as a column of this type."""
    text = f"(body::jsonb ->> '{wire_field}')"
    return f"{text}::boolean::int" if kind == BOOLEAN else f"{text}::{kind.split(' COLL')[0]}"


def _column_types(table: Table) -> dict[str, str]:
    """Return the type of each indexed field's column."""
    info = msgspec.inspect.type_info(table.document)
    assert isinstance(info, msgspec.inspect.StructType)
    fields = {field.name: field.type for field in info.fields}
    return {field: _column_type(fields[field]) for field in table.columns}


def _column_type(kind: msgspec.inspect.Type) -> str:
    if isinstance(kind, msgspec.inspect.UnionType):
        (rest,) = [part for part in kind.types if not isinstance(part, msgspec.inspect.NoneType)]
        return _column_type(rest)
    if isinstance(kind, msgspec.inspect.FloatType):
        return FLOAT
    if isinstance(kind, msgspec.inspect.IntType):
        return INTEGER  # beyond 64 bits, too
    if isinstance(kind, msgspec.inspect.BoolType):
        return BOOLEAN
    if isinstance(kind, msgspec.inspect.StrType) or (
        isinstance(kind, msgspec.inspect.LiteralType) and all(isinstance(value, str) for value in kind.values)
    ):
        return TEXT
    raise TypeError(f"{kind} cannot be indexed")
