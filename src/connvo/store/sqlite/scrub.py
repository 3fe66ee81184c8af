"""Taking what was deleted out of the files of the embedded database.

What is deleted is overwritten where it lay. Left are copies in the write-ahead log, until it is emptied, and in gaps of
pages from which rows had moved on before, until the file is rewritten.
"""

import sqlite3
from contextlib import closing
from time import monotonic, sleep

from .write_ahead_log import empty

# How long other processes' readers are waited for: longer than a server keeps a snapshot.
PATIENCE_SECONDS = 90.0
PAUSE_SECONDS = 0.25
WAIT_MS = 50  # writers wait meanwhile, and on the loop
# A file up to this size is rewritten while a server waits, which is then for less than about a second.
REWRITTEN_BYTES = 64 * 1024 * 1024


def scrub(connection: sqlite3.Connection) -> bool:
    """Empty the log and rewrite the file; return whether nothing is left. Closes the connection."""
    with closing(connection):
        return _rewrite(connection) and _empty_in_time(connection)


def _rewrite(connection: sqlite3.Connection) -> bool:
    """Rewrite the file without any gap, unless it is too large for that."""
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
    rewritten = pages * page_bytes <= REWRITTEN_BYTES
    if rewritten:
        connection.execute("PRAGMA temp_store = MEMORY")
        try:
            connection.execute("VACUUM")
        except sqlite3.Error:
            rewritten = False
    return _empty_in_time(connection) and rewritten


def _empty_in_time(connection: sqlite3.Connection) -> bool:
    until = monotonic() + PATIENCE_SECONDS
    while not empty(connection, WAIT_MS):
        if monotonic() > until:
            return False
        sleep(PAUSE_SECONDS)
    return True
