"""Find out whether a commit took place whose connection was lost."""

from time import monotonic, sleep

import psycopg

from connvo.store.commit_log import Commit, encode_keys
from connvo.store.engine import OutcomeUnknown, StoreUnavailable
from connvo.store.log_reader import LogReader

from .connections import ConnectionPool
from .rows import UNREACHED_SEQ, PostgresRows, lock_clock

TIMEOUT_SECONDS = 15.0
PAUSE_SECONDS = 0.25


def was_committed(pool: ConnectionPool, commit: Commit) -> bool:
    """Return whether a commit took place.

    A backend that is still committing holds the clock, so taking the lock waits for it.

    Raises:
        OutcomeUnknown: The database does not come back in time, or the log no longer reaches back to the commit.
    """
    until = monotonic() + TIMEOUT_SECONDS
    while monotonic() < until:
        try:
            with pool.taken() as connection:
                lock_clock(connection, UNREACHED_SEQ, "BEGIN")
                row = connection.execute("SELECT ts, keys FROM _log WHERE seq = %s", (commit.seq,)).fetchone()
                if row is None and not LogReader(PostgresRows(connection)).reaches(commit.ts):
                    break  # the log was cut off since, as after erasing a person
                return row == (commit.ts, encode_keys(commit.written))
        except (StoreUnavailable, psycopg.Error):
            sleep(PAUSE_SECONDS)
    raise OutcomeUnknown(
        "the connection was lost during the commit: check whether the change was made before you repeat it"
    )
