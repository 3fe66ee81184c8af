"""Open connections to one SQLite file, which only its owner may read."""

import sqlite3
from pathlib import Path
from time import monotonic, sleep

import structlog

from connvo.kernel.private_files import close_to_others, create_private, is_open_to_others

log = structlog.get_logger()
FOLDER_MODE = 0o700
SIDE_FILES = ("-wal", "-shm", "-journal")
BUSY_SECONDS = 5.0
RETRY_SECONDS = 0.01
# An extended result code holds the primary one in its low byte.
PRIMARY_CODE = 0xFF
CACHED_STATEMENTS = 512
CACHE_KIB, HELD_CACHE_KIB, PIN_CACHE_KIB = 32 * 1024, 8 * 1024, 1024


class DatabaseFile:
    """The file at a path, which need not exist yet."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def create(self) -> None:
        """Create the folder and the file if they are missing, and restrict the files to their owner.

        SQLite creates its other files with the permissions of the first.

        Raises:
            OSError: The files cannot be created.
        """
        self.path.parent.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
        create_private(self.path)
        for suffix in SIDE_FILES:
            close_to_others(self.path.with_name(self.path.name + suffix))
        if is_open_to_others(self.path.parent):
            log.warning("data_folder_open_to_others", advice="chmod 700 the data folder")

    def connect(self, cache_kib: int = CACHE_KIB) -> sqlite3.Connection:
        """Return a new connection, which any thread may use.

        Raises:
            sqlite3.Error: The file cannot be opened.
        """
        connection = sqlite3.connect(
            self.path,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=CACHED_STATEMENTS,
        )
        connection.execute(f"PRAGMA cache_size = -{cache_kib}")
        connection.execute("PRAGMA secure_delete = ON")  # overwrite deleted data
        return connection

    def begin_pinned(self) -> tuple[int, sqlite3.Connection]:
        """Return the timestamp of the newest snapshot, and a new connection that reads it.

        Raises:
            sqlite3.Error: The file cannot be read.
        """
        connection = self.connect(PIN_CACHE_KIB)
        return begin_snapshot(connection), connection


def begin_snapshot(connection: sqlite3.Connection) -> int:
    """Begin a snapshot, which its first statement fixes; return its timestamp."""
    connection.execute("BEGIN")
    return int(connection.execute("SELECT ts FROM _clock").fetchone()[0])


def make_durable(connection: sqlite3.Connection) -> None:
    """Switch the file to its write-ahead log, and let every commit of the connection wait for the disk.

    SQLite does not wait for the lock of the switch, because two processes that switch at once could deadlock. So the
    switch is repeated while another process uses the file.

    Raises:
        sqlite3.OperationalError: The file stays in use.
    """
    until = monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & PRIMARY_CODE != sqlite3.SQLITE_BUSY or monotonic() > until:
                raise
            sleep(RETRY_SECONDS)
    connection.execute("PRAGMA synchronous = FULL")
