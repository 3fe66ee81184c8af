"""The database and the disk are looked at without changing them, and what is wrong is said."""

import asyncio
import os
import sqlite3
from pathlib import Path

import psycopg
import pytest

from connvo.doctor.storage import GIB, NO_BYTES, database_finding, disk_finding, judged
from connvo.settings import DatabaseSettings, ServerSettings, Settings
from connvo.store.health import DatabaseHealth
from connvo.store.postgres.engine import PostgresEngine
from connvo.store.sqlite.engine import SqliteEngine
from tests.support.postgres import database_of

FINE = DatabaseHealth(kind="SQLite", schema_version=1, known_version=1, durable=True, read_ms=0.1)


async def made(path: Path) -> None:
    engine = SqliteEngine(path)
    await engine.open()
    await engine.close()


def look(path: Path, url: str | None = None) -> tuple[str, str]:
    settings = Settings(server=ServerSettings(data=path.parent), database=DatabaseSettings(url=url))
    found = asyncio.run(database_finding(settings))
    return found.state, found.says + found.advice


def test_a_database_that_works_is_said_to(tmp_path: Path) -> None:
    path = tmp_path / "connvo.db"
    asyncio.run(made(path))
    before = path.read_bytes()
    assert look(path)[0] == "ok"
    assert path.read_bytes() == before


def test_none_is_none_and_is_not_made(tmp_path: Path) -> None:
    assert look(tmp_path / "connvo.db")[0] == "skipped"
    assert list(tmp_path.iterdir()) == []


def test_one_of_a_newer_program_is_told_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "connvo.db"
    asyncio.run(made(path))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE _meta SET value = '999' WHERE key = 'schema_version'")
    connection.close()
    state, text = look(path)
    assert (state, "start the newer connvo" in text) == ("failed", True), text


def test_one_whose_commits_may_be_lost_is_told(tmp_path: Path) -> None:
    path = tmp_path / "connvo.db"
    asyncio.run(made(path))
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    state, text = look(path)
    assert (state, "not durable" in text) == ("failed", True), text


def test_a_missing_database_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "connvo.db"
    path.write_bytes(b"no database at all" * 100)
    state, text = look(path)
    assert (state, "restore a backup" in text) == ("failed", True), text


@pytest.mark.parametrize(("change", "state"), [({"schema_version": 0}, "warning"), ({"read_ms": 900.0}, "warning")])
def test_a_questionable_setting_is_a_warning(change: dict[str, float], state: str) -> None:
    values = {name: getattr(FINE, name) for name in FINE.__struct_fields__}
    assert judged(DatabaseHealth(**{**values, **change})).state == state
    assert judged(FINE).state == "ok"


def test_a_disk_with_room_is_written_to_and_left_as_it_was(tmp_path: Path) -> None:
    found = asyncio.run(disk_finding(tmp_path))
    assert found.state in ("ok", "warning"), found
    assert "GiB free" in found.says
    assert list(tmp_path.iterdir()) == []
    missing = asyncio.run(disk_finding(tmp_path / "none"))
    assert (missing.state, str(tmp_path / "none") in missing.advice) == ("failed", True)


@pytest.mark.parametrize(("free", "state"), [(NO_BYTES - 1, "failed"), (GIB - 1, "warning")])
def test_a_full_disk_is_told_before_it_is_full(
    free: int, state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage:
        def __init__(self) -> None:
            self.free = free

    monkeypatch.setattr("connvo.doctor.storage.shutil.disk_usage", lambda folder: Usage())
    found = asyncio.run(disk_finding(tmp_path))
    assert (found.state, "free space on the disk" in found.advice) == (state, True)
    assert str(tmp_path) not in found.says


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(30, os.strerror(30))

    monkeypatch.setattr("connvo.doctor.storage.os.fsync", refuse)
    found = asyncio.run(disk_finding(tmp_path))
    assert (found.state, found.says) == ("failed", "cannot be written: read-only file system")


def test_postgresql_is_looked_at_too(tmp_path: Path) -> None:
    url = database_of(tmp_path)
    file = tmp_path / "unused.db"
    assert look(file, url)[0] == "skipped"

    async def make() -> None:
        engine = PostgresEngine(url)
        await engine.open()
        await engine.close()

    asyncio.run(make())
    state, text = look(file, url)
    assert (state, "turn on fsync" in text) == ("failed", True), "the tests' own server runs without"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE _meta SET value = '999' WHERE key = 'schema_version'")
    state, text = look(file, url)
    assert (state, "start the newer connvo" in text) == ("failed", True), text


@pytest.mark.parametrize("url", ["postgresql://who:hidden@127.0.0.1:1/none", "mysql://who:hidden@nowhere/none"])
def test_a_database_that_cannot_be_reached_is_told_without_its_password(url: str, tmp_path: Path) -> None:
    state, text = look(tmp_path / "unused.db", url)
    assert state == "failed"
    assert "CONNVO_DATABASE_URL" in text
    assert "hidden" not in text
