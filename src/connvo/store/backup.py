"""A copy of the embedded database while a server writes to it.

The copy is one snapshot: everything that was answered before it began, nothing of what came later. It is checked and on
disk before it has its name, so a file of that name is always a whole backup.
"""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from .engine import StoreUnavailable

PART = ".part"
BUSY_SECONDS = 30.0


def back_up(database: Path, target: Path) -> int:
    """Copies a SQLite database to a new file; returns its size in bytes.

    Raises StoreUnavailable when the database cannot be read, the target exists or cannot be written, or the copy is
    not sound.
    """
    if not database.is_file():
        raise StoreUnavailable(f"there is no database {database}")
    if target.exists():
        raise StoreUnavailable(f"{target} exists: give the backup a new name")
    part = target.with_name(target.name + PART)
    try:
        part.unlink(missing_ok=True)
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


def _copy(database: Path, part: Path) -> None:
    with (
        closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)) as source,
        closing(sqlite3.connect(part, isolation_level=None)) as copy,
    ):
        source.backup(copy)
        # One file, with no log beside it, whatever happens to the copy's folder.
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
