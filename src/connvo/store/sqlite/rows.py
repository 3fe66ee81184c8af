"""Run statements on SQLite, in the dialect that it understands."""

import sqlite3
from collections.abc import Sequence

from connvo.store.query import Dialect
from connvo.store.statements import BatchStatement, Parameters, Row, Statement

DIALECT = Dialect("?")
# Errors caused by the caller's statement; every other error concerns the database itself.
FAULTS_OF_THE_CALLER = (
    sqlite3.DataError,
    sqlite3.IntegrityError,
    sqlite3.InterfaceError,
    sqlite3.NotSupportedError,
    sqlite3.ProgrammingError,
)


class SqliteRows:
    """A connection inside a transaction."""

    __slots__ = ("_execute", "_execute_many")
    dialect = DIALECT

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute
        self._execute_many = connection.executemany

    def all(self, sql: str, parameters: Parameters) -> list[Row]:
        """Return every row."""
        return self._execute(sql, parameters).fetchall()

    def each(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """Return every row of each statement."""
        return [self.all(*one) for one in statements]

    def run(self, sql: str, parameters: Parameters) -> int:
        """Run a statement; return the number of rows changed."""
        return self._execute(sql, parameters).rowcount

    def many(self, statement: BatchStatement, rows: Sequence[Parameters]) -> None:
        """Write rows one by one, which is fastest on SQLite."""
        self._execute_many(statement.one, rows)
