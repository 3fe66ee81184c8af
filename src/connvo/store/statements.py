"""Statements that write one row, or several at once: PostgreSQL and its driver need a third of the time for that.

Several are written in powers of two, so that there are few different statements and each stays prepared.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec

# Of statements with more parameters psycopg does not remember how they are written for the database.
MAX_VALUES = 50
Row = tuple[Any, ...]


class BatchStatement(msgspec.Struct, frozen=True):
    """`one` is the statement for a row; `head`, `row` as often as there are rows, and `tail` that for several."""

    one: str
    head: str = ""
    row: str = ""
    tail: str = ""

    def parts(self, rows: list[Row]) -> Iterator[tuple[str, Row]]:
        """Yield statements that together write all rows in their order, each with its parameters."""
        if not rows:
            return
        most = MAX_VALUES // len(rows[0]) if self.head else 1
        done, size = 0, 2 ** (max(most, 1).bit_length() - 1)
        while done < len(rows):
            while size > len(rows) - done:
                size //= 2
            yield _text(self, size), tuple([value for row in rows[done : done + size] for value in row])
            done += size


@lru_cache(maxsize=1024)
def _text(bulk: BatchStatement, rows: int) -> str:
    return bulk.one if rows == 1 else bulk.head + ", ".join([bulk.row] * rows) + bulk.tail
