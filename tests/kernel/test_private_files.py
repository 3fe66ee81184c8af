"""What is kept on disk is its owner's alone, whatever the folder, the umask and what was there before."""

import asyncio
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from connvo.kernel.private_files import close_to_others, create_private
from connvo.kernel.running_servers import Running, announced
from connvo.maintenance.archive import new_file
from connvo.store.sqlite.backup import back_up, restore
from connvo.store.sqlite.engine import SqliteEngine
from tests.support.tables import Item

OPEN_FOLDER = 0o755
OPEN_FILE = 0o644


@pytest.fixture(params=[0o022, 0o000], ids=oct)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A folder that others can enter, and a umask that lets them."""
    before = os.umask(request.param)
    folder = tmp_path / "data"
    folder.mkdir(OPEN_FOLDER)
    try:
        yield folder
    finally:
        os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir() if path.is_file()}


def open_all(folder: Path) -> None:
    for path in folder.iterdir():
        path.chmod(OPEN_FILE)


async def written(path: Path) -> tuple[dict[str, int], SqliteEngine]:
    engine = SqliteEngine(path)
    await engine.open()
    await engine.write(lambda db: db.insert(Item(owner="ann")))
    return modes(path.parent), engine


def test_the_database_and_the_files_beside_it(folder: Path) -> None:
    async def work() -> dict[str, int]:
        found, engine = await written(folder / "connvo.db")
        await engine.close()
        return found

    found = asyncio.run(work())
    assert set(found) == {"connvo.db", "connvo.db-wal", "connvo.db-shm"}
    assert set(found.values()) == {0o600}


def test_files_that_were_open_are_closed_at_the_next_start(folder: Path) -> None:
    async def work() -> None:
        _, first = await written(folder / "connvo.db")
        open_all(folder)
        found, second = await written(folder / "connvo.db")
        assert set(found.values()) == {0o600}
        await second.close()
        await first.close()

    asyncio.run(work())


def test_an_open_folder_is_told_and_used(folder: Path) -> None:
    async def work() -> None:
        _, engine = await written(folder / "connvo.db")
        await engine.close()

    with capture_logs() as lines:
        asyncio.run(work())
        folder.chmod(0o700)
        asyncio.run(work())
    assert [line["event"] for line in lines].count("data_folder_open_to_others") == 1


def test_a_new_folder_is_closed(folder: Path) -> None:
    async def work() -> None:
        _, engine = await written(folder / "new" / "connvo.db")
        await engine.close()

    asyncio.run(work())
    assert stat.S_IMODE((folder / "new").stat().st_mode) == 0o700


def test_backups_and_the_files_they_replace(folder: Path) -> None:
    async def work() -> None:
        _, engine = await written(folder / "connvo.db")
        await engine.close()

    asyncio.run(work())
    back_up(folder / "connvo.db", folder / "backup.db")
    (folder / "connvo.db").chmod(OPEN_FILE)
    assert restore(folder / "backup.db", folder / "connvo.db") is not None
    assert len(modes(folder)) == 3
    assert set(modes(folder).values()) == {0o600}


def test_archives_and_notes_of_running_servers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with new_file(folder / "archive.jsonl") as file:
        assert set(modes(folder).values()) == {0o600}
        file.write(b"x")
    assert modes(folder) == {"archive.jsonl": 0o600}
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    with announced(Running("http://127.0.0.1:1", folder)):
        assert set(modes(folder / "connvo").values()) == {0o600}


def test_an_existing_file_keeps_its_content(folder: Path) -> None:
    file = folder / "file"
    file.write_bytes(b"held")
    file.chmod(OPEN_FILE)
    create_private(file)
    assert (file.read_bytes(), modes(folder)) == (b"held", {"file": 0o600})


def test_a_missing_file_is_not_created(folder: Path) -> None:
    close_to_others(folder / "none")
    assert list(folder.iterdir()) == []
