"""The interface of a database connection to the store: statements in, rows out."""

from collections.abc import Sequence
from typing import Protocol

from .query import Dialect
from .statements import BatchStatement, Parameters, Row, Statement


class Rows(Protocol):
    """One database connection inside a transaction."""

    @property
    def dialect(self) -> Dialect:
        """The SQL dialect of this database."""
        ...

    def all(self, sql: str, parameters: Parameters) -> list[Row]:
        """Return every row."""
        ...

    def each(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """Return every row of each statement, in one round trip."""
        ...

    def run(self, sql: str, parameters: Parameters) -> int:
        """Run a statement; return the number of rows changed."""
        ...

    def many(self, statement: BatchStatement, rows: Sequence[Parameters]) -> None:
        """Write rows."""
        ...
