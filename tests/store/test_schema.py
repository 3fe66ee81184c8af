"""A table is declared once, with a permanent number and indexes over fields that it has."""

from collections.abc import Iterator
from typing import Any, NewType

import msgspec
import pytest
from hypothesis import given

from connvo.kernel.ids import id_table
from connvo.store import schema
from connvo.store.schema import Document, Table, table, table_named, table_of, tables
from tests.support.tables import Box, BoxId, Item, ItemId

from .model import ITEMS, items

PagesId = NewType("PagesId", str)


@pytest.fixture(autouse=True)
def what_was_declared_before() -> Iterator[None]:
    """Forgets what a test declares."""
    held: list[dict[Any, Any]] = [schema._registry, schema._names, schema._numbers]
    before = [dict(names) for names in held]
    yield
    for names, then in zip(held, before, strict=True):
        names.clear()
        names.update(then)


class Note(Document, frozen=True, kw_only=True):
    """A document that no table holds yet."""

    written_by: str = ""


def test_a_table_is_found_by_its_class_and_by_its_name() -> None:
    declared = table("testNotes", 90100, id_type=PagesId, indexes={"by_writer": ("written_by",)}, owner="written_by")(
        Note
    )
    assert declared is Note
    assert table_of(Note) is table_named("testNotes")
    assert table_of(Note).policy.owner == "written_by"
    assert id_table(PagesId) == "testNotes"
    assert table_of(Note).owns_id(table_of(Note).new_id())


def test_a_number_belongs_to_one_table() -> None:
    with pytest.raises(TypeError, match="90001 belongs to testItems"):
        table("testNotes", 90001)(Note)


def test_an_index_stands_on_fields_of_its_table() -> None:
    with pytest.raises(TypeError, match="unknown fields"):
        table("testNotes", 90100, indexes={"by_colour": ("written_by", "colour")})(Note)


def test_an_undeclared_table_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        table_of(Note)
    with pytest.raises(KeyError):
        table_named("testNotes")


def test_tables_come_in_the_order_of_their_numbers() -> None:
    numbers = [each.number for each in tables()]
    assert numbers == sorted(set(numbers))
    assert {90001, 90002} <= set(numbers)


@given(items)
def test_the_keys_of_a_document_are_its_key_in_every_index(item: Item) -> None:
    stored = msgspec.structs.replace(item, id=ItemId("x"), creation_time=5.0)
    keys = dict(zip(ITEMS.index_names, ITEMS.keys(stored), strict=True))
    assert keys == {f"testItems/{index}": ITEMS.key(index, stored) for index in ITEMS.indexes}
    for place, key in keys.items():
        assert key[-1] == "x"
        assert place == "testItems/by_id" or key[-2] == 5.0


@given(items)
def test_a_body_is_the_document_with_its_names_on_the_wire(item: Item) -> None:
    body = msgspec.json.decode(msgspec.json.encode(item))
    assert set(body) == {"_id", "_creationTime", "owner", "rank", "flag", "label", "size", "note", "tags"}
    assert ITEMS.decoder.decode(msgspec.json.encode(item)) == item


def test_an_id_is_of_one_table() -> None:
    item, box = ItemId(table_of(Item).new_id()), BoxId(table_of(Box).new_id())
    assert table_of(Item).owns_id(item)
    assert not table_of(Item).owns_id(box)
    assert not table_of(Item).owns_id("")


def test_a_table_declares_the_fate_of_its_rows() -> None:
    assert isinstance(ITEMS, Table)
    assert ITEMS.policy.retention == "kept until its owner is erased"
