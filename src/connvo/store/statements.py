"""Build statements that write several rows at once, which takes PostgreSQL and its driver a third of the time.

Rows are written in batches of powers of two, so that there are few different statements and each stays prepared.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import msgspec

# psycopg does not cache the conversion of statements with more parameters.
MAX_VALUES = 50
Parameters: TypeAlias = tuple[object, ...]
Statement: TypeAlias = tuple[str, Parameters]
Row: TypeAlias = tuple[Any, ...]  # the statement decides what its columns are


class BatchStatement(msgspec.Struct, frozen=True):
    """A statement for one row (`one`), and its parts for several: `head`, a `row` per row, `tail`."""

    one: str
    head: str = ""
    row: str = ""
    tail: str = ""

    def parts(self, rows: Sequence[Parameters]) -> Iterator[tuple[str, Parameters]]:
        """Yield the statements that write all rows in order, each with its parameters."""
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
def _text(batch: BatchStatement, rows: int) -> str:
    return batch.one if rows == 1 else batch.head + ", ".join([batch.row] * rows) + batch.tail
