"""Purge deleted data from the files of the SQLite database.

SQLite overwrites deleted rows in place. Copies remain in the write-ahead log until it is emptied, in unused parts of
pages until the file is rewritten, and as terms in text indexes until their parts are merged.
"""

import sqlite3
from contextlib import closing
from time import monotonic, sleep

from connvo.store.text_search import TERMS_MARK

from .write_ahead_log import empty

# Time limit for readers of other processes; longer than a server keeps a snapshot.
TIMEOUT_SECONDS = 90.0
PAUSE_SECONDS = 0.25
WAIT_MS = 50  # writers, and with them the event loop, are blocked meanwhile
# Rewriting a file up to this size blocks a server for less than about a second.
REWRITTEN_BYTES = 64 * 1024 * 1024


def scrub(connection: sqlite3.Connection) -> bool:
    """Empty the log and rewrite the file, then close the connection; return whether nothing is left."""
    with closing(connection):
        return _rewrite(connection) and _empty_in_time(connection)


def _rewrite(connection: sqlite3.Connection) -> bool:
    """Rewrite the file without unused parts, unless it is too large; return whether that succeeded."""
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
    rewritten = pages * page_bytes <= REWRITTEN_BYTES
    if rewritten:
        connection.execute("PRAGMA temp_store = MEMORY")
        try:
            _merge_text_indexes(connection)
            connection.execute("VACUUM")
        except sqlite3.Error:
            rewritten = False
    return _empty_in_time(connection) and rewritten


def _merge_text_indexes(connection: sqlite3.Connection) -> None:
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for name in (name for (name,) in names if name.endswith(TERMS_MARK)):
        connection.execute(f'INSERT INTO "{name}" ("{name}") VALUES (\'optimize\')')


def _empty_in_time(connection: sqlite3.Connection) -> bool:
    until = monotonic() + TIMEOUT_SECONDS
    while not empty(connection, WAIT_MS):
        if monotonic() > until:
            return False
        sleep(PAUSE_SECONDS)
    return True
