"""Bring a PostgreSQL database to the declared schema, one process at a time.

The rules are those of SQLite's migrations. Text sorts by its bytes, as everywhere else.
"""

import os
from collections.abc import Iterator

import msgspec.inspect
from psycopg import sql

from connvo.store.migrations import INDEX_MARK, OWN_COLUMNS, SCHEMA_VERSION, SECRET_BYTES, is_ahead
from connvo.store.query import column, index_columns
from connvo.store.schema import BY_ID, Table, tables

from .rows import DIALECT, Connection

# An arbitrary number that is the same in every process.
LOCK = 0x636F6E6E766F
OWN_TABLES = {
    "_meta": "CREATE TABLE _meta (key text PRIMARY KEY, value text NOT NULL)",
    "_clock": (
        "CREATE TABLE _clock (one int PRIMARY KEY CHECK (one = 1), seq bigint NOT NULL, ts bigint NOT NULL)"
        " WITH (fillfactor = 10)"
    ),
    "_log": "CREATE TABLE _log (seq bigint PRIMARY KEY, ts bigint NOT NULL UNIQUE, keys text NOT NULL)",
}
TEXT, FLOAT, INTEGER, BOOLEAN = 'text COLLATE "C"', "double precision", "numeric", "bigint"


def migrate(connection: Connection) -> None:
    """Make the database fit this program, in one transaction.

    Raises:
        NewerDatabase: A newer version of connvo wrote the database.
    """
    with connection.transaction():
        connection.execute("SET LOCAL lock_timeout = 0")
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        for text in pending(connection):
            connection.execute(text)
        connection.execute("INSERT INTO _clock VALUES (1, 0, 0) ON CONFLICT DO NOTHING")
        if get_meta(connection, "secret") is None:
            set_meta(connection, "secret", os.urandom(SECRET_BYTES).hex())
        if not is_ahead(stored_version(connection)):
            set_meta(connection, "schema_version", str(SCHEMA_VERSION))


def pending(connection: Connection) -> list[str]:
    """Return the statements that make the database fit this program, in order; none when it does.

    Reads only.

    Raises:
        NewerDatabase: A newer version of connvo wrote the database.
    """
    columns = _columns(connection)
    version = stored_version(connection) if "_meta" in columns else 0
    if is_ahead(version):
        return []
    have, wanted = _indexes(connection), _wanted_indexes()
    return [
        *(text for name, text in OWN_TABLES.items() if name not in columns),
        *(f'DROP INDEX "{name}"' for name, text in have.items() if wanted.get(name) != text),
        *(text for table in tables() for text in _fitting(table, columns.get(table.name))),
        *(
            statement
            for name, text in wanted.items()
            if have.get(name) != text
            for statement in (text, _comment(connection, name, text))
        ),
    ]


def get_meta(connection: Connection, key: str) -> str | None:
    """Return a value of the `_meta` table, or None."""
    row = connection.execute("SELECT value FROM _meta WHERE key = %s", (key,)).fetchone()
    return None if row is None else str(row[0])


def set_meta(connection: Connection, key: str, value: str) -> None:
    """Store a value in the `_meta` table."""
    connection.execute(
        "INSERT INTO _meta VALUES (%s, %s) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value)
    )


def stored_version(connection: Connection) -> int:
    """Return the schema version of the database, 0 for a new one."""
    return int(get_meta(connection, "schema_version") or 0)


def _columns(connection: Connection) -> dict[str, set[str]]:
    """Return the columns of every table."""
    rows = connection.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
    )
    found: dict[str, set[str]] = {}
    for table, name in rows:
        found.setdefault(table, set()).add(name)
    return found


def _fitting(table: Table, have: set[str] | None) -> Iterator[str]:
    """Yield the statements that give a table one filled column per indexed field and no other column.

    A column that is no longer written must be dropped, or it would become stale. `have` are the existing columns, None
    if there is no table.
    """
    types = _types(table)
    wanted = {column(field): field for field in table.columns}
    if have is None:
        own = [f"id {TEXT} PRIMARY KEY", f"created {FLOAT} NOT NULL", "body text NOT NULL"]
        names = ", ".join([*own, *(f"{name} {types[field]}" for name, field in wanted.items())])
        yield f'CREATE TABLE "{table.name}" ({names})'
        return
    for name in sorted(have - OWN_COLUMNS - wanted.keys()):
        yield f'ALTER TABLE "{table.name}" DROP COLUMN {name}'
    for name, field in wanted.items():
        if name not in have:
            yield f'ALTER TABLE "{table.name}" ADD COLUMN {name} {types[field]}'
            yield f'UPDATE "{table.name}" SET {name} = {_value(table.wire_fields[field], types[field])}'


def _value(wire_field: str, kind: str) -> str:
    text = f"(body::jsonb ->> '{wire_field}')"
    return f"{text}::boolean::int" if kind == BOOLEAN else f"{text}::{kind.split(' COLL')[0]}"


def _comment(connection: Connection, name: str, text: str) -> str:
    return sql.SQL("COMMENT ON INDEX {} IS {}").format(sql.Identifier(name), sql.Literal(text)).as_string(connection)


def _indexes(connection: Connection) -> dict[str, str]:
    """Return our indexes with the statements that made them, which their comments contain."""
    rows = connection.execute(
        "SELECT c.relname, coalesce(obj_description(c.oid, 'pg_class'), '') FROM pg_class c"
        " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'i' AND n.nspname = current_schema()"
    )
    return {name: text for name, text in rows if INDEX_MARK in name}


def _wanted_indexes() -> dict[str, str]:
    return {f"{t.name}{INDEX_MARK}{i}": _index_sql(t, i) for t in tables() for i in t.indexes if i != BY_ID}


def _index_sql(table: Table, index: str) -> str:
    columns = ", ".join(DIALECT.order(name) for name in index_columns(table, index))
    return f'CREATE INDEX "{table.name}{INDEX_MARK}{index}" ON "{table.name}" ({columns})'


def _types(table: Table) -> dict[str, str]:
    """Return the type of each column."""
    info = msgspec.inspect.type_info(table.document)
    assert isinstance(info, msgspec.inspect.StructType)
    fields = {field.name: field.type for field in info.fields}
    return {field: _type(fields[field]) for field in table.columns}


def _type(kind: msgspec.inspect.Type) -> str:
    if isinstance(kind, msgspec.inspect.UnionType):
        (rest,) = [part for part in kind.types if not isinstance(part, msgspec.inspect.NoneType)]
        return _type(rest)
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
