"""Run statements on PostgreSQL: parameters, the clock row, and the classes of its errors."""

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

import msgspec
import psycopg
from psycopg import errors
from psycopg.adapt import Buffer, Dumper

from connvo.kernel.errors import Invalid
from connvo.store.commit_log import Commit, decode_keys
from connvo.store.engine import StoreUnavailable
from connvo.store.query import Dialect
from connvo.store.statements import BatchStatement, Parameters, Row, Statement

# A batch statement has one variant per power of two; all of them stay prepared.
MAX_PREPARED = 1000
CLOCK = "SELECT seq, ts FROM _clock"
# Beyond this many commits the whole cache is dropped instead of checking each commit.
MAX_COMMITS = 1000
CLOCK_WAIT_MS, HOLDER_WAIT_MS = 5000, 20
UNREACHED_SEQ = 2**62  # a position that no log reaches
# The prefix that libpq puts before the reason of a failed connection; it names the address.
ADDRESS = re.compile(r"(connection failed: )?connection to server .*? failed: (FATAL:\s*)?|connection failed: ")
DIALECT = Dialect("%s", nulls_said=True, has_tsvector=True)
Connection = psycopg.Connection[Row]

# Errors caused by the caller's statement; every other error concerns the database itself.
FAULTS_OF_THE_CALLER = (
    psycopg.DataError,
    psycopg.IntegrityError,
    psycopg.ProgrammingError,
    psycopg.NotSupportedError,
)
# Another transaction was in the way; a retry may succeed.
CONFLICTS = (errors.DeadlockDetected, errors.SerializationFailure, errors.LockNotAvailable)


class PlainFloat(Dumper):
    """A dumper that sends floats as untyped text, so that the column's type applies and nothing is rounded."""

    oid = 0

    def dump(self, obj: float) -> Buffer | None:
        """Return the shortest text that parses to the same float."""
        return repr(obj).encode()


class PostgresRows:
    """A connection inside a transaction; `fault` is the error that aborted the transaction, if any."""

    __slots__ = ("_connection", "_reader", "fault")
    dialect = DIALECT

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._reader = connection.cursor()  # reused: creating one takes a quarter of the time of a read
        self.fault: psycopg.Error | None = None

    def all(self, sql: str, parameters: Parameters) -> list[Row]:
        """Return every row.

        Raises:
            Invalid: A parameter contains U+0000, which PostgreSQL does not store.
            psycopg.Error: The statement failed.
        """
        with self._watched(parameters):
            return self._reader.execute(sql, parameters).fetchall()

    def each(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """Return every row of each statement, in one pipeline.

        Raises:
            Invalid: A parameter contains U+0000, which PostgreSQL does not store.
            psycopg.Error: A statement failed.
        """
        if len(statements) < 2:  # a pipeline costs a round trip even when it is empty
            return [self.all(*one) for one in statements]
        with self._watched([value for _, parameters in statements for value in parameters]):
            with self._pipeline():
                cursors = [self._connection.execute(*one) for one in statements]
            return [cursor.fetchall() for cursor in cursors]

    def run(self, sql: str, parameters: Parameters) -> int:
        """Run a statement; return the number of rows changed."""
        with self._watched(parameters):
            return self._reader.execute(sql, parameters).rowcount

    def many(self, statement: BatchStatement, rows: Sequence[Parameters]) -> None:
        """Write rows, several per statement, in one pipeline."""
        with self._watched(()), self._pipeline():
            for sql, parameters in statement.parts(rows):
                self._reader.execute(sql, parameters)

    def _pipeline(self) -> AbstractContextManager[object]:
        """Begin a pipeline, or join the running one: leaving an inner pipeline would wait for its results."""
        running = self._connection.pgconn.pipeline_status != psycopg.pq.PipelineStatus.OFF
        return nullcontext() if running else self._connection.pipeline()

    @contextmanager
    def _watched(self, parameters: Sequence[object]) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            if self._connection.info.transaction_status != psycopg.pq.TransactionStatus.INTRANS:
                self.fault = error
            elif any(isinstance(value, str) and "\0" in value for value in parameters):
                raise Invalid("Text must not contain the character U+0000: remove it") from None
            raise


def fetch_one(connection: Connection, sql: str, parameters: Parameters = ()) -> Row:
    """Return the first row of a query.

    Raises:
        psycopg.InternalError: The query has no row.
    """
    row = connection.execute(sql, parameters or None).fetchone()
    if row is None:
        raise psycopg.InternalError("the internal tables of the database are incomplete: restore a backup")
    return row


def run_together(connection: Connection, *statements: str) -> list[list[Row]]:
    """Return the rows of each statement that has a result; all of them take one round trip."""
    cursor = connection.execute("; ".join(statements), prepare=False)
    return [each.fetchall() for each in cursor.results() if each.description is not None]


def unavailable(what: str, error: Exception) -> StoreUnavailable:
    """Return the error for callers; it contains no address and no password."""
    reason = ADDRESS.sub("", str(error).strip()).splitlines()
    return StoreUnavailable(f"the database cannot be {what}: {reason[0] if reason else type(error).__name__}")


def adapt(connection: Connection) -> None:
    """Configure how the connection sends values and how many statements it keeps prepared."""
    connection.adapters.register_dumper(float, PlainFloat)
    connection.prepared_max = MAX_PREPARED


class Clock(msgspec.Struct, frozen=True):
    """The position and the timestamp of the newest commit."""

    seq: int
    ts: int


class ClockReading(msgspec.Struct, frozen=True):
    """The clock, and every commit between a position and it; None when the log no longer has them all."""

    clock: Clock
    commits: list[Commit] | None


def read_clock(connection: Connection, after: int, *before: str) -> ClockReading:
    """Return the clock as this transaction sees it; run the statements `before` first.

    Raises:
        psycopg.Error: The database cannot be reached, or a statement failed.
    """
    return _clock_reading(after, run_together(connection, *before, CLOCK, _log_after_sql(after)))


def lock_clock(connection: Connection, after: int, *before: str) -> ClockReading:
    """Lock the clock until the transaction ends, and return it.

    Its holder waits only briefly for row locks, because their holder may be waiting for the clock.

    Raises:
        psycopg.errors.LockNotAvailable: Another transaction holds the clock for too long.
        psycopg.Error: The database cannot be reached, or a statement failed.
    """
    clock_timeout = f"SET LOCAL lock_timeout = {CLOCK_WAIT_MS}"
    row_timeout = f"SET LOCAL lock_timeout = {HOLDER_WAIT_MS}"
    return _clock_reading(
        after,
        run_together(connection, *before, clock_timeout, f"{CLOCK} FOR UPDATE", row_timeout, _log_after_sql(after)),
    )


def _log_after_sql(seq: int) -> str:
    return f"SELECT seq, ts, keys FROM _log WHERE seq > {seq} ORDER BY seq LIMIT {MAX_COMMITS}"


def _clock_reading(after: int, answers: list[list[Row]]) -> ClockReading:
    rows, log = answers
    clock = Clock(*rows[0])
    # Each statement sees what is committed when it begins, so the log may be newer than the clock: skip the excess.
    commits = [Commit(seq, ts, decode_keys(keys)) for seq, ts, keys in log if seq <= clock.seq]
    return ClockReading(clock, commits if len(commits) == clock.seq - after else None)
