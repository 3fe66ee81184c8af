"""How PostgreSQL is spoken to: statements, parameters, and which of its errors mean what."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import msgspec
import psycopg
from psycopg import errors
from psycopg.adapt import Buffer, Dumper

from connvo.kernel.errors import Invalid
from connvo.store.commit_log import Commit, decode_keys
from connvo.store.engine import StoreUnavailable
from connvo.store.query import Dialect
from connvo.store.statements import BatchStatement

# Of each statement that writes several rows there are a few.
MAX_PREPARED = 1000
CLOCK = "SELECT seq, ts FROM _clock"
# More commits than these are not held against anything one by one.
MAX_OTHERS = 1000
CLOCK_WAIT_MS, HOLDER_WAIT_MS = 5000, 20
# What libpq puts before the reason why it could not connect.
ADDRESS = re.compile(r"(connection failed: )?connection to server .*? failed: (FATAL:\s*)?|connection failed: ")
DIALECT = Dialect("%s", nulls_said=True)
Connection = psycopg.Connection[tuple[Any, ...]]

# What the caller's statement brings about; every other error of the database concerns the database itself.
FAULTS_OF_THE_CALLER = (
    psycopg.DataError,
    psycopg.IntegrityError,
    psycopg.ProgrammingError,
    psycopg.NotSupportedError,
)
# Another transaction was in the way: the same again may succeed.
CONFLICTS = (errors.DeadlockDetected, errors.SerializationFailure, errors.LockNotAvailable)


class PlainFloat(Dumper):
    """Sends a float as text without a type: the column gives it one, so that none is rounded on the way."""

    oid = 0

    def dump(self, obj: float) -> Buffer | None:
        """Return the shortest text that is this float."""
        return repr(obj).encode()


class PostgresRows:
    """A connection inside a transaction. `fault` is why nothing more can be done in it, once that is so."""

    __slots__ = ("_connection", "_reader", "fault")
    dialect = DIALECT

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._reader = connection.cursor()  # a new one for each statement costs a quarter of the time of a read here
        self.fault: psycopg.Error | None = None

    def all(self, sql: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """Return every row.

        Raises:
            Invalid: For U+0000 in a parameter, which no text here holds.
        """
        with self._watched(parameters):
            return self._reader.execute(sql, parameters).fetchall()

    def run(self, sql: str, parameters: tuple[Any, ...]) -> int:
        """Run a statement; return the number of rows changed."""
        with self._watched(parameters):
            return self._reader.execute(sql, parameters).rowcount

    def many(self, statement: BatchStatement, rows: list[tuple[Any, ...]]) -> None:
        """Write rows, several with a statement, without waiting for each."""
        with self._watched(()), self._pipeline():
            for sql, parameters in statement.parts(rows):
                self._reader.execute(sql, parameters)

    def _pipeline(self) -> AbstractContextManager[object]:
        """Begin a pipeline, or go on in the one there is: the end of an inner one would wait for the answers."""
        running = self._connection.pgconn.pipeline_status != psycopg.pq.PipelineStatus.OFF
        return nullcontext() if running else self._connection.pipeline()

    @contextmanager
    def _watched(self, parameters: tuple[Any, ...]) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            if self._connection.info.transaction_status != psycopg.pq.TransactionStatus.INTRANS:
                self.fault = error
            elif any(isinstance(value, str) and "\0" in value for value in parameters):
                raise Invalid("Text may not hold the character U+0000") from None
            raise


def one(connection: Connection, sql: str, parameters: tuple[Any, ...] = ()) -> tuple[Any, ...]:
    """Return the first row of an answer that has one."""
    row = connection.execute(sql, parameters or None).fetchone()
    if row is None:
        raise psycopg.InternalError("the database's own tables are not whole")
    return row


def together(connection: Connection, *statements: str) -> list[list[tuple[Any, ...]]]:
    """Return the rows of each of these statements that gives any; they go to the database and back as one."""
    cursor = connection.execute("; ".join(statements), prepare=False)
    return [each.fetchall() for each in cursor.results() if each.description is not None]


def unavailable(what: str, error: Exception) -> StoreUnavailable:
    """Return the error for callers. It names neither addresses nor passwords."""
    reason = ADDRESS.sub("", str(error).strip()).splitlines()
    return StoreUnavailable(f"the database cannot be {what}: {reason[0] if reason else type(error).__name__}")


def adapt(connection: Connection) -> None:
    """Set up how values go to the database."""
    connection.adapters.register_dumper(float, PlainFloat)
    connection.prepared_max = MAX_PREPARED


class Clock(msgspec.Struct, frozen=True):
    """The position and the timestamp of the newest commit."""

    seq: int
    ts: int


class Found(msgspec.Struct, frozen=True):
    """The clock, and every commit between a position and it; None when there are not so many any more."""

    clock: Clock
    others: list[Commit] | None


def clock_of(connection: Connection, after: int, *before: str) -> Found:
    """Return the clock as this transaction sees it; the statements `before` are carried out first."""
    return _found(after, together(connection, *before, CLOCK, _log_after(after)))


def lock_clock(connection: Connection, after: int, *before: str) -> Found:
    """Return the clock as it stays until the transaction ends.

    Who holds it waits for no document for long: who has that may be waiting for the clock.
    """
    patient = f"SET LOCAL lock_timeout = {CLOCK_WAIT_MS}"
    hasty = f"SET LOCAL lock_timeout = {HOLDER_WAIT_MS}"
    return _found(after, together(connection, *before, patient, f"{CLOCK} FOR UPDATE", hasty, _log_after(after)))


def _log_after(seq: int) -> str:
    return f"SELECT seq, ts, keys FROM _log WHERE seq > {seq} ORDER BY seq LIMIT {MAX_OTHERS}"


def _found(after: int, answers: list[list[tuple[Any, ...]]]) -> Found:
    rows, log = answers
    clock = Clock(*rows[0])
    # Each statement sees what is committed when it begins: what came after the clock was read is none of its business.
    others = [Commit(seq, ts, decode_keys(keys)) for seq, ts, keys in log if seq <= clock.seq]
    return Found(clock, others if len(others) == clock.seq - after else None)
