"""Where the time of SQLite goes: every statement and every commit timed, with or without waiting for the disk."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from time import perf_counter
from typing import Any
from unittest.mock import patch

FULL = "PRAGMA synchronous = FULL"
OFF = "PRAGMA synchronous = OFF"
COMMIT = "COMMIT"


class Clock:
    """Seconds spent in statements and in commits since the last `reset`."""

    def __init__(self, durable: bool) -> None:
        self.durable = durable
        self.reset()

    def reset(self) -> None:
        """Start again at zero."""
        self.statements = self.commits = 0.0


class TimedCursor(sqlite3.Cursor):
    """A cursor whose work is timed."""

    connection: "TimedConnection"

    def execute(self, sql: str, parameters: Any = (), /) -> "TimedCursor":
        """Run a statement."""
        clock = self.connection.clock
        statement = OFF if sql == FULL and not clock.durable else sql
        began = perf_counter()
        super().execute(statement, parameters)
        took = perf_counter() - began
        if sql == COMMIT:
            clock.commits += took
        else:
            clock.statements += took
        return self

    def fetchall(self) -> list[Any]:
        """Return the remaining rows."""
        began = perf_counter()
        rows = super().fetchall()
        self.connection.clock.statements += perf_counter() - began
        return rows


class TimedConnection(sqlite3.Connection):
    """A connection whose cursors are timed."""

    def __init__(self, *args: Any, clock: Clock, **options: Any) -> None:
        super().__init__(*args, **options)
        self.clock = clock

    def execute(self, sql: str, parameters: Any = (), /) -> TimedCursor:
        """Run a statement in a timed cursor."""
        return self.cursor(TimedCursor).execute(sql, parameters)


@contextmanager
def timed(durable: bool) -> Iterator[Clock]:
    """Time every connection that is opened inside; not `durable` ones do not wait for the disk."""
    clock = Clock(durable)
    with patch("sqlite3.connect", partial(sqlite3.connect, factory=partial(TimedConnection, clock=clock))):
        yield clock
