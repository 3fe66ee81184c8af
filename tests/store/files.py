"""Looking into the file of a SQLite database from outside."""

import sqlite3
from contextlib import closing
from pathlib import Path


def database(folder: Path) -> Path:
    """Return the file of the database in a folder."""
    return folder / "connvo.db"


def execute(folder: Path, sql: str) -> list[tuple[object, ...]]:
    """Run one statement; return its rows."""
    with closing(sqlite3.connect(database(folder), isolation_level=None)) as connection:
        return connection.execute(sql).fetchall()


def definitions(folder: Path, kind: str = "index") -> dict[str, str]:
    """Return the names and definitions of what the database has of a kind."""
    rows = execute(folder, f"SELECT name, sql FROM sqlite_master WHERE type = '{kind}' AND sql IS NOT NULL")
    return {str(name): str(sql) for name, sql in rows}
