"""Bound the size of SQLite's write-ahead log.

SQLite restarts the log automatically once it has been copied into the database, unless a reader still needs it. Beyond
the limit the readers of this process are ended.

Guarantees: beyond its limit the log is emptied as soon as no other process reads from it.
"""

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from time import monotonic

import structlog

log = structlog.get_logger()
# The log is copied into the database every 32 MiB; more often costs throughput, as each copy waits for the disk twice.
CHECKPOINT_PAGES = 8192
PAGE_BYTES = 4096
KEPT_BYTES = CHECKPOINT_PAGES * PAGE_BYTES  # the size to which the file is cut at a restart
# Interval of checks of the size. A check after every commit would cost as much as the statements of the commit.
LOOK_SECONDS = 0.02
RETRY_SECONDS = 1.0
WAIT_MS = 20  # the longest delay of a commit by emptying the log
WARN_SECONDS = 60.0
SUFFIX = "-wal"


class WriteAheadLog:
    """The write-ahead log of one database; call `commit` in the committing thread only."""

    def __init__(self, database: Path, limit: int) -> None:
        self._file = database.with_name(database.name + SUFFIX)
        self._limit = max(limit, KEPT_BYTES)
        self._looked_at = self._tried_at = self._warned_at = float("-inf")
        self.too_large = False

    def prepare(self, connection: sqlite3.Connection) -> None:
        """Configure the writing connection."""
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        connection.execute(f"PRAGMA journal_size_limit = {KEPT_BYTES}")

    def commit(self, connection: sqlite3.Connection) -> None:
        """Commit, and empty the log if it is too large.

        Raises:
            sqlite3.Error: The commit failed.
        """
        connection.execute("COMMIT")
        now = monotonic()
        if not self.too_large and now - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = now
        size = self.size()
        if size <= self._limit:
            self.too_large = False
            return
        # Readers of this process may still hold the log; the next group ends them before it begins.
        again, self.too_large = self.too_large, True
        if again and monotonic() - self._tried_at >= RETRY_SECONDS:
            self.too_large = not empty(connection, WAIT_MS)
            self._tried_at = monotonic()
            self._warn(size)

    def size(self) -> int:
        """Return the size of the file in bytes, 0 if there is none."""
        try:
            return os.stat(self._file).st_size
        except OSError:
            return 0

    def _warn(self, size: int) -> None:
        if self.too_large and monotonic() - self._warned_at >= WARN_SECONDS:
            self._warned_at = monotonic()
            log.warning("write_ahead_log_large", bytes=size, limit=self._limit)


def empty(connection: sqlite3.Connection, wait_ms: int) -> bool:
    """Copy the log into the database and truncate its file; return False if a reader prevents it."""
    (timeout,) = connection.execute("PRAGMA busy_timeout").fetchone()
    try:
        connection.execute(f"PRAGMA busy_timeout = {wait_ms}")
        (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy
    except sqlite3.Error:
        return False  # commits are on disk regardless
    finally:
        with suppress(sqlite3.Error):
            connection.execute(f"PRAGMA busy_timeout = {timeout}")
