"""An older program that changes a document leaves in it what only a newer one knows."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from connvo.store import schema
from connvo.store.schema import BY_CREATION, BY_ID, Document, Table, table_of
from connvo.store.transaction import Transaction
from connvo.store.unknown_fields import has_unknown_fields, merge_unknown_fields
from tests.support.store import Store
from tests.support.tables import Box, Item


class NewerItem(Item, frozen=True, kw_only=True):
    """The document of the next version. The store gives each reader of it one of its own."""

    colours: dict[str, list[int]] = {}


class NewerBox(Box, frozen=True, kw_only=True):
    """The document of the next version. The store gives one to all readers."""

    label: str | None = None


CASES: list[Any] = [
    pytest.param(NewerItem(owner="ann", colours={"ré\\d": [1, 2]}), Item, {"note": "b", "size": 2}, id="changeable"),
    pytest.param(NewerBox(label="fragile"), Box, {"count": 2}, id="immutable"),
]


@pytest.fixture
def newer(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A node of the next version on the database of `store`."""
    node = Store(store.make, store.folder)
    pairs: list[tuple[type[Document], type[Document]]] = [(Item, NewerItem), (Box, NewerBox)]
    for kind, document in pairs:
        old = table_of(kind)
        indexes = {name: columns for name, columns in old.indexes.items() if name not in (BY_ID, BY_CREATION)}
        monkeypatch.setitem(schema._registry, document, Table(old.name, old.number, document, indexes))
    yield node
    node.close()


def alone(kind: type[Document], id: str, changes: dict[str, Any]) -> list[Callable[[Transaction], Any]]:
    """Return a mutation for each field."""

    def patch(db: Transaction, name: str) -> None:
        found = db.get(kind, id)
        assert found is not None
        db.patch(found, **{name: changes[name]})

    return [lambda db, name=name: patch(db, name) for name in changes]  # type: ignore[misc]


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize(("document", "kind", "changes"), CASES)
def test_an_older_node_leaves_unknown_fields_alone(
    store: Store, newer: Store, document: Document, kind: type[Document], changes: dict[str, Any], known: bool
) -> None:
    written = newer.write(lambda db: db.insert(document))
    if known:
        store.write(lambda db: db.get(kind, written.id))
    assert store.together(*alone(kind, written.id, changes)) == [None] * len(changes)
    assert newer.write(lambda db: db.get(type(document), written.id)) == msgspec.structs.replace(written, **changes)
    [there] = store.everything(kind)
    assert {name: getattr(there, name) for name in changes} == changes


@pytest.mark.parametrize(("document", "kind", "changes"), CASES)
def test_several_changes_of_one_mutation_leave_it_too_and_so_do_those_after_a_failure(
    store: Store, newer: Store, document: Document, kind: type[Document], changes: dict[str, Any]
) -> None:
    written = newer.write(lambda db: db.insert(document))
    steps = alone(kind, written.id, changes)

    def fail(db: Transaction) -> None:
        for step in steps:
            step(db)
        raise ValueError

    store.together(lambda db: [step(db) for step in steps], fail, lambda db: db.delete(db.insert(kind())), *steps)
    assert newer.write(lambda db: db.get(type(document), written.id)) == msgspec.structs.replace(written, **changes)


def test_both_change_one_document_in_turn(store: Store, newer: Store) -> None:
    box = newer.write(lambda db: db.insert(NewerBox(label="1")))
    for n in range(2, 5):
        store.together(*alone(Box, box.id, {"count": n}))
        newer.together(*alone(NewerBox, box.id, {"label": str(n)}))
    assert newer.everything(NewerBox) == [msgspec.structs.replace(box, count=4, label="4")]


class Inner(msgspec.Struct, frozen=True):
    """Part of a document."""

    a: float = 0.0


class Outer(Document, frozen=True, kw_only=True):
    """A document with a part."""

    rank: float = 0.0
    inner: Inner = Inner()
    parts: tuple[Inner, ...] = ()


@pytest.mark.parametrize(
    ("body", "more"),
    [
        ('{"_id":"x","_creationTime":1.0,"rank":2.0,"inner":{"a":1.0},"parts":[]}', False),
        ('{"rank":2, "_id":"x","_creationTime":1,"inner":{"a":1}}', False),
        ('{"_id":"x","newer":null}', True),
        ('{"_id":"x","inner":{"a":1.0,"b":null}}', True),
        ('{"_id":"x","parts":[{"a":1.0},{"a":1.0,"b":2}]}', True),
    ],
)
def test_unknown_fields_are_those_that_a_document_does_not_return(body: str, more: bool) -> None:
    assert has_unknown_fields(msgspec.json.decode(body, type=Outer), body) is more


def test_unknown_fields_of_an_inner_struct_stay_until_the_field_is_changed() -> None:
    body = '{"_id":"x","rank":2,"inner":{"a":1.0,"b":12345678901234567890},"newer":"\\u00e9"}'
    document = Outer(id="x", rank=3.0, inner=Inner(1.0))
    kept = msgspec.json.decode(merge_unknown_fields(document, body, {"rank"}))
    assert kept == {
        "_id": "x", "_creationTime": 0.0, "rank": 3.0, "inner": {"a": 1.0, "b": 12345678901234567890}, "parts": [],
        "newer": "é",
    }  # fmt: skip
    assert msgspec.json.decode(merge_unknown_fields(document, body, {"inner"}))["inner"] == {"a": 1.0}
