"""Back up the SQLite database while a server writes to it, and restore a backup.

Guarantees: a backup is one snapshot, with every mutation answered before it began. It is checked and synced, then
renamed, so that a file of that name is always complete. A restore replaces the database atomically. The clock of the
restored database starts no earlier than that of the replaced one, so new commits follow those that clients have seen.
"""

import os
import re
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

from connvo.kernel.private_files import close_to_others, create_private
from connvo.store.engine import StoreUnavailable
from connvo.store.migrations import pending

from .migrations import SqliteCatalog

PART = ".part"
BUSY_SECONDS = 30.0
STAMP = "%Y%m%dT%H%M%SZ"
DATED = re.compile(r"connvo-\d{8}T\d{6}Z\.db")
REPLACED = "replaced"
JOURNALS = ("-wal", "-shm", "-journal")


def back_up(database: Path, target: Path) -> int:
    """Copy a SQLite database to a new file; return its size in bytes.

    Raises:
        StoreUnavailable: The database cannot be read, the target exists or cannot be written, or the copy is not sound.
    """
    _require(database)
    if target.exists():
        raise StoreUnavailable(f"{target} exists already: choose another name for the backup")
    part = target.with_name(target.name + PART)
    try:
        _begin(part)
        _copy(database, part)
        _sync(part)
        part.rename(target)
        _sync(target.parent)
        return target.stat().st_size
    except (sqlite3.Error, OSError) as error:
        raise StoreUnavailable(f"cannot back up {database} to {target}: {error}") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def dated(folder: Path, now: float | None = None) -> Path:
    """Return the path in a folder for a backup made now."""
    return folder / time.strftime(f"connvo-{STAMP}.db", time.gmtime(now))


def keep_newest(folder: Path, count: int) -> list[Path]:
    """Delete all dated backups of a folder except the newest; return the deleted ones.

    Raises:
        StoreUnavailable: The folder cannot be read, or a backup cannot be deleted.
    """
    try:
        found = sorted(path for path in folder.iterdir() if DATED.fullmatch(path.name))
        old = found[:-count]
        for path in old:
            path.unlink()
    except OSError as error:
        raise StoreUnavailable(f"cannot clear {folder}: {error.strerror}") from error
    return old


def restore(backup: Path, database: Path) -> Path | None:
    """Replace a database that is not in use by a backup; return the new path of the old one, None without one.

    Raises:
        NewerDatabase: A newer version of connvo made the backup.
        StoreUnavailable: The backup is damaged or is none, the database is in use, or the disk failed. The database is
            unchanged.
    """
    _require(backup)
    part = database.with_name(database.name + PART)
    try:
        _begin(part)
        _copy(backup, part)
        _check(part)
        _move_clock(part, _merge_log(database) if database.exists() else 0)
        _sync(part)
        old = _move_aside(database) if database.exists() else None
        part.replace(database)
        _sync(database.parent)
        return old
    except (sqlite3.Error, OSError) as error:
        raise StoreUnavailable(f"cannot restore {backup}: {error}") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _require(database: Path) -> None:
    if not database.is_file():
        raise StoreUnavailable(f"there is no database {database}")


def _begin(part: Path) -> None:
    part.unlink(missing_ok=True)
    create_private(part)


def _merge_log(database: Path) -> int:
    """Merge the log of a database into its file; return its clock, 0 if it cannot be read.

    Raises:
        StoreUnavailable: Another process has the database open.
    """
    with closing(sqlite3.connect(database, isolation_level=None, timeout=0)) as connection:
        try:
            connection.execute("PRAGMA journal_mode = DELETE").fetchone()
            return int(connection.execute("SELECT ts FROM _clock").fetchone()[0])
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise StoreUnavailable(f"{database} is in use: stop the server first") from error
            return 0  # a damaged database may be the reason for the restore


def _move_aside(database: Path) -> Path:
    """Move a database and the rest of its log aside; return its new path."""
    old = database.with_name(time.strftime(f"{database.stem}-{REPLACED}-{STAMP}.db", time.gmtime()))
    os.link(database, old)
    close_to_others(old)
    for journal in JOURNALS:
        left = database.with_name(database.name + journal)
        if left.exists():  # SQLite would apply it to the restored file
            close_to_others(left)
            left.rename(old.with_name(old.name + journal))
    return old


def _check(part: Path) -> None:
    """Check that this program can use the database.

    Raises:
        NewerDatabase: A newer version of connvo made it.
        sqlite3.Error: It is no database of connvo.
    """
    with closing(sqlite3.connect(part)) as connection:
        pending(SqliteCatalog(connection))
        connection.execute("SELECT ts FROM _clock").fetchone()


def _move_clock(part: Path, seen: int) -> None:
    """Advance the clock to the newest timestamp that clients have seen."""
    with closing(sqlite3.connect(part, isolation_level=None)) as connection:
        connection.execute("UPDATE _clock SET ts = max(ts, ?)", (seen,))


def _copy(database: Path, part: Path) -> None:
    with (
        closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)) as source,
        closing(sqlite3.connect(part, isolation_level=None)) as copy,
    ):
        source.backup(copy)
        # Keep the copy in one file, without a log beside it.
        copy.execute("PRAGMA journal_mode = DELETE")
        found = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(f"the copy is not sound ({found})")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
