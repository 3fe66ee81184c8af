"""A database follows the declared schema when it is opened: indexes by difference, and never backwards."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connvo.settings import LimitSettings, StoreSettings
from connvo.store import schema
from connvo.store.engine import NewerDatabase, StoreError, StoreUnavailable
from connvo.store.schema import Table, table_of
from tests.support.store import Store, sqlite
from tests.support.tables import Item

from .files import database, definitions, execute

DECLARED = {name: columns for name, columns in table_of(Item).indexes.items() if name not in ("by_id", "by_creation")}


@contextmanager
def declared(**indexes: tuple[str, ...]) -> Iterator[None]:
    """Declare other indexes for a while."""
    table = table_of(Item)
    try:
        schema._registry[Item] = Table(table.name, table.number, Item, indexes, table.policy)
        yield
    finally:
        schema._registry[Item] = table


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(sqlite, tmp_path)
    yield store
    store.close()


def indexes(store: Store) -> dict[str, str]:
    """Return the definitions of the indexes of the table of items."""
    return {name: sql for name, sql in definitions(store.folder).items() if name.startswith("testItems__")}


def test_a_new_database_has_every_declared_table_and_index(store: Store) -> None:
    assert set(indexes(store)) == {f"testItems__{name}" for name in [*DECLARED, "by_creation"]}
    assert {"testItems", "testBoxes"} <= set(definitions(store.folder, "table"))


def test_opening_again_changes_nothing(store: Store) -> None:
    before = definitions(store.folder), definitions(store.folder, "table")
    store.reopen()
    assert (definitions(store.folder), definitions(store.folder, "table")) == before


def test_a_new_index_is_built_and_finds_older_documents(store: Store) -> None:
    item = store.write(lambda db: db.insert(Item(note="x", size=5)))
    with declared(**DECLARED, by_note=("note", "size")):
        store.reopen()
        assert "testItems__by_note" in indexes(store)
        assert store.read(lambda db: db.scan(Item, "by_note", "x", 5)) == [item]
        added = store.write(lambda db: db.insert(Item(note="x", size=6)))
        assert store.read(lambda db: db.scan(Item, "by_note", "x")) == [item, added]
    store.reopen()


def test_an_index_that_is_no_longer_declared_goes(store: Store) -> None:
    kept = {name: columns for name, columns in DECLARED.items() if name != "by_flag"}
    with declared(**kept):
        store.reopen()
        assert set(indexes(store)) == {f"testItems__{name}" for name in [*kept, "by_creation"]}
    store.reopen()
    assert "testItems__by_flag" in indexes(store)


def test_an_index_with_other_columns_is_made_again(store: Store) -> None:
    items = store.write(lambda db: [db.insert(Item(owner="ann", size=n)) for n in (3, 1, 2)])
    with declared(**{**DECLARED, "by_owner": ("owner", "size")}):
        store.reopen()
        found = store.read(lambda db: db.scan(Item, "by_owner", "ann"))
        assert [item.size for item in found] == [1, 2, 3]
        assert "c_size" in indexes(store)["testItems__by_owner"]
    store.reopen()
    assert "c_size" not in indexes(store)["testItems__by_owner"]
    assert store.everything(Item) == items


def test_a_field_that_was_not_indexed_for_a_while_is_found_again_in_every_document(store: Store) -> None:
    wider = {**DECLARED, "by_owner": ("owner", "note")}
    with declared(**wider):
        store.reopen()
        store.write(lambda db: db.insert(Item(owner="ann", note="b")))
    store.reopen()
    store.write(lambda db: db.insert(Item(owner="ann", note="a")))
    with declared(**wider):
        store.reopen()
        assert [item.note for item in store.read(lambda db: db.scan(Item, "by_owner", "ann"))] == ["a", "b"]
        assert [item.note for item in store.read(lambda db: db.scan(Item, "by_owner", "ann", "a"))] == ["a"]


def test_a_table_that_is_no_longer_declared_keeps_its_rows(store: Store) -> None:
    store.write(lambda db: db.insert(Item()))
    declaration = schema._registry.pop(Item)
    try:
        store.reopen()
        assert indexes(store) == {}
    finally:
        schema._registry[Item] = declaration
    store.reopen()
    assert len(store.everything(Item)) == 1


def test_a_newer_database_is_refused_and_not_touched(store: Store) -> None:
    store.run(store.engine.close())
    execute(store.folder, "UPDATE _meta SET value = '999' WHERE key = 'schema_version'")
    execute(store.folder, 'DROP INDEX "testItems__by_flag"')
    before = database(store.folder).read_bytes()
    with pytest.raises(NewerDatabase, match="999"):
        store.reopen()
    assert database(store.folder).read_bytes() == before
    execute(store.folder, "UPDATE _meta SET value = '1' WHERE key = 'schema_version'")
    store.reopen()


def test_the_secret_is_made_once(store: Store, tmp_path: Path) -> None:
    secret = store.engine.secret()
    assert len(secret) == 32
    store.reopen()
    assert store.engine.secret() == secret
    other = Store(sqlite, tmp_path / "other")
    assert other.engine.secret() != secret
    other.close()


def refusal(folder: Path) -> StoreError:
    """Return the error of opening a database."""
    with pytest.raises(StoreUnavailable) as caught:
        Store(sqlite, folder)
    return caught.value


def test_a_file_that_is_no_database_is_one_clear_line(tmp_path: Path) -> None:
    database(tmp_path).write_bytes(b"this is no database at all, but a letter to somebody" * 100)
    message = refusal(tmp_path).message
    assert "connvo.db" in message
    assert "\n" not in message
    assert database(tmp_path).read_bytes().startswith(b"this is no database")


def test_a_database_with_a_broken_inside_is_one_clear_line(tmp_path: Path) -> None:
    Store(sqlite, tmp_path).close()
    content = bytearray(database(tmp_path).read_bytes())
    content[100:] = b"\xff" * (len(content) - 100)
    database(tmp_path).write_bytes(content)
    assert "\n" not in refusal(tmp_path).message


def test_a_folder_in_place_of_the_file_is_one_clear_line(tmp_path: Path) -> None:
    database(tmp_path).mkdir()
    assert "\n" not in refusal(tmp_path).message


def test_a_file_in_place_of_the_folder_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")
    assert "data" in refusal(tmp_path / "data").message


def test_a_database_that_may_not_be_written_is_one_clear_line(tmp_path: Path) -> None:
    Store(sqlite, tmp_path).close()
    execute(tmp_path, "PRAGMA journal_mode = DELETE")
    with only_readable():
        assert "\n" not in refusal(tmp_path).message


@contextmanager
def only_readable() -> Iterator[None]:
    """Open databases for reading only; a file's mode does not stop a test that root runs."""
    connect = sqlite3.connect

    def read_only(path: Path, **options: object) -> sqlite3.Connection:
        return connect(f"file:{path}?mode=ro", uri=True, **options)  # type: ignore[call-overload, no-any-return]

    patch = pytest.MonkeyPatch()
    patch.setattr("connvo.store.sqlite.engine.sqlite3.connect", read_only)
    try:
        yield
    finally:
        patch.undo()


def test_settings_do_not_change_stored_documents(tmp_path: Path) -> None:
    first = Store(sqlite, tmp_path, LimitSettings(rows_read=100), StoreSettings(group_size=1))
    first.write(lambda db: db.insert(Item()))
    first.close()
    second = Store(sqlite, tmp_path)
    assert len(second.everything(Item)) == 1
    second.close()
