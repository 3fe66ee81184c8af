"""Run statements on SQLite, in the dialect that it understands."""

import sqlite3
from typing import Any

from connvo.store.query import Dialect
from connvo.store.statements import BatchStatement

DIALECT = Dialect("?")


class SqliteRows:
    """A connection inside a transaction."""

    __slots__ = ("_execute", "_execute_many")
    dialect = DIALECT

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute
        self._execute_many = connection.executemany

    def all(self, sql: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """Return every row."""
        return self._execute(sql, parameters).fetchall()

    def run(self, sql: str, parameters: tuple[Any, ...]) -> int:
        """Run a statement; return the number of rows changed."""
        return self._execute(sql, parameters).rowcount

    def many(self, statement: BatchStatement, rows: list[tuple[Any, ...]]) -> None:
        """Write rows one by one, which is fastest on SQLite."""
        self._execute_many(statement.one, rows)
