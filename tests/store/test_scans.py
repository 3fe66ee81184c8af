"""A scan gives what sorting and filtering in Python gives: order, bounds, nulls first, limits, both directions."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.kernel.errors import Invalid
from connvo.store.query import Span
from connvo.store.read_set import ReadSet
from connvo.store.snapshot import Page, Snapshot
from connvo.store.transaction import Transaction
from tests.support.store import Store
from tests.support.tables import Item

from .model import INDEXES, columns, fill, items, reuses_the_store, scan_cases

many = st.lists(items, max_size=12)


@reuses_the_store
@given(documents=many, frozen=st.booleans(), data=st.data())
def test_a_scan_finds_the_same_as_a_model(
    store: Store, documents: list[Item], frozen: bool, data: st.DataObject
) -> None:
    stored = fill(store, documents, frozen)
    case = data.draw(scan_cases(stored))
    assert store.read(case.run) == case.expected(stored)
    assert store.write(case.run) == case.expected(stored)


@reuses_the_store
@given(documents=many, data=st.data())
def test_spans_and_ids_read_together_give_the_same_as_apart(
    store: Store, documents: list[Item], data: st.DataObject
) -> None:
    stored = fill(store, documents)
    owners = data.draw(st.lists(st.sampled_from([*{item.owner for item in stored}, "nobody"]), max_size=4))
    ranks = st.none() | st.sampled_from([-1.0, 0.0, 2.0])
    spans = [Span(prefix=(owner,), since=data.draw(ranks), until=data.draw(ranks)) for owner in owners]
    ids = data.draw(st.lists(st.sampled_from([*(item.id for item in stored), "absent"]), max_size=4))

    def apart(db: Snapshot) -> Any:
        scans = [db.scan(Item, "by_owner", *one.prefix, since=one.since, until=one.until) for one in spans]
        return scans, {id: item for id in ids if (item := db.get(Item, id)) is not None}

    def together(db: Snapshot) -> Any:
        return db.scan_each(Item, "by_owner", spans), db.get_each(Item, ids)

    def after_writes(db: Transaction) -> Any:
        for item in stored[::2]:
            db.delete(item)
        for item in stored[1::2]:
            db.patch(item, rank=2.0, note="new")
        return together(db), apart(db)

    one_by_one, at_once = ReadSet(), ReadSet()
    assert store.read(together, at_once) == store.read(apart, one_by_one)
    assert at_once.ranges == one_by_one.ranges
    found, expected = store.write(after_writes)
    assert found == expected


def test_a_refused_id_leaves_the_snapshot_usable(store: Store) -> None:
    (item,) = fill(store, [Item(owner="ann")])

    def work(db: Snapshot) -> Any:
        with suppress(Invalid):
            db.get_each(Item, [item.id, "nul\0", "absent"])
        return db.get_each(Item, [item.id, "absent"])

    assert store.read(work) == {item.id: item}


@reuses_the_store
@given(documents=many, data=st.data())
def test_a_count_is_the_length_of_the_scan_up_to_its_limit(
    store: Store, documents: list[Item], data: st.DataObject
) -> None:
    stored = fill(store, documents)
    case = data.draw(scan_cases(stored))
    limit = data.draw(st.integers(0, 15))
    whole = [d for d in stored if d in store.read(lambda db: db.scan(Item, case.index, *case.prefix))]
    counted = store.read(lambda db: db.count(Item, case.index, *case.prefix, limit=limit))
    assert counted == min(len(whole), limit)


@reuses_the_store
@given(documents=many, frozen=st.booleans(), size=st.integers(1, 4), reverse=st.booleans(), data=st.data())
def test_pages_cover_a_list_exactly_once(
    store: Store, documents: list[Item], frozen: bool, size: int, reverse: bool, data: st.DataObject
) -> None:
    stored = fill(store, documents, frozen)
    index = data.draw(st.sampled_from(INDEXES))
    names = columns(index)[: data.draw(st.integers(0, len(columns(index)) - 2))]
    prefix = [getattr(data.draw(st.sampled_from(stored)), name) for name in names] if stored else []
    pages = [store.read(page_of(index, prefix, None, size, reverse))]
    while not pages[-1].done and len(pages) <= len(stored):
        pages.append(store.read(page_of(index, prefix, pages[-1].cursor, size, reverse)))
    assert [len(page.items) for page in pages[:-1]] == [size] * (len(pages) - 1)
    assert (pages[-1].done, pages[-1].cursor) == (True, "")
    seen = [item for page in pages for item in page.items]
    assert seen == store.read(lambda db: db.scan(Item, index, *prefix, reverse=reverse))


def page_of(index: str, prefix: list[Any], cursor: str | None, size: int, reverse: bool) -> Callable[[Any], Page[Item]]:
    return lambda db: db.paginate(Item, index, *prefix, cursor=cursor, size=size, reverse=reverse)


def test_the_page_after_a_document_that_has_gone_goes_on_behind_its_place(store: Store) -> None:
    fill(store, [Item(owner="ann", rank=float(n)) for n in range(6)])
    first = store.read(page_of("by_owner", ["ann"], None, 2, False))
    for item in first.items:
        store.write(partial(Transaction.delete, document=item))
    second = store.read(page_of("by_owner", ["ann"], first.cursor, 2, False))
    assert [item.rank for item in second.items] == [2.0, 3.0]


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "AAAA", "e30=", "W10=", "WzFd", "bnVsbA==", "é", "\ud800", "[1,[]]", "WzEsWzFlOTk5XV0=", "A" * 99],
)
def test_a_cursor_that_is_none_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(Invalid, match="InvalidCursor") as caught:
        store.read(page_of("by_owner", ["ann"], cursor, 2, False))
    assert caught.value.metadata == {"field": "cursor"}


@pytest.mark.parametrize(
    ("index", "prefix", "reverse"),
    [
        ("by_owner", ["bob"], False),
        ("by_owner", ["ann"], True),
        ("by_owner", [], False),
        ("by_owner", ["ann", 1.0], False),
        ("by_flag", [False], False),
        ("by_label", [], False),
        ("by_creation", [], False),
    ],
)
def test_a_cursor_of_another_list_is_refused(store: Store, index: str, prefix: list[Any], reverse: bool) -> None:
    fill(store, [Item(owner=owner, rank=1.0) for owner in ("ann", "bob") for _ in range(4)])
    cursor = store.read(page_of("by_owner", ["ann"], None, 2, False)).cursor
    with pytest.raises(Invalid, match="InvalidCursor"):
        store.read(page_of(index, prefix, cursor, 2, reverse))


def test_nulls_come_first_and_a_bound_finds_none_of_them(store: Store) -> None:
    fill(store, [Item(owner="ann", rank=rank) for rank in (2.0, None, -1.0)])
    ranks = [item.rank for item in store.read(lambda db: db.scan(Item, "by_owner", "ann"))]
    assert ranks == [None, -1.0, 2.0]
    below = store.read(lambda db: db.scan(Item, "by_owner", "ann", until=2.0))
    assert [item.rank for item in below] == [-1.0, 2.0]
    assert len(store.read(lambda db: db.scan(Item, "by_owner", "ann", None))) == 1


def test_the_first_document_of_a_list_is_found_from_either_end(store: Store) -> None:
    fill(store, [Item(owner="ann", rank=float(n)) for n in range(3)])
    low = store.read(lambda db: db.first(Item, "by_owner", "ann"))
    high = store.read(lambda db: db.first(Item, "by_owner", "ann", reverse=True))
    assert low and low.rank == 0.0
    assert high and high.rank == 2.0
    assert store.read(lambda db: db.first(Item, "by_owner", "nobody")) is None


def test_text_is_a_value_and_never_a_statement(store: Store) -> None:
    name = """x' OR '1'='1"; DROP TABLE "testItems"; --"""
    fill(store, [Item(owner=name), Item(owner="ann")])
    assert [item.owner for item in store.read(lambda db: db.scan(Item, "by_owner", name))] == [name]


def test_a_search_for_nan_is_refused_and_does_not_find_nulls(store: Store) -> None:
    fill(store, [Item(owner="ann", rank=None)])
    with pytest.raises(Invalid):
        store.read(lambda db: db.scan(Item, "by_owner", "ann", float("nan")))


def test_infinity_is_a_bound_like_any_other(store: Store) -> None:
    fill(store, [Item(owner="ann", rank=1.0)])
    assert len(store.read(lambda db: db.scan(Item, "by_owner", "ann", before=float("inf")))) == 1


@pytest.mark.parametrize(("index", "prefix"), [("by_id", ["x"]), ("by_owner", ["a", 1.0, 2.0, "id"])])
def test_a_scan_that_no_index_serves_is_a_mistake(store: Store, index: str, prefix: list[Any]) -> None:
    with pytest.raises(TypeError, match="cannot be scanned"):
        store.read(lambda db: db.scan(Item, index, *prefix))


def test_an_index_that_was_not_declared_is_a_mistake(store: Store) -> None:
    with pytest.raises(KeyError):
        store.read(lambda db: db.scan(Item, "by_magic"))


@pytest.mark.parametrize("stored", [9, 10, 11, 300])
def test_a_page_that_its_index_serves_reads_at_most_one_document_more(store: Store, stored: int) -> None:
    fill(store, [Item(owner="ann") for _ in range(stored)])

    def read(db: Snapshot) -> tuple[int, bool, int]:
        before = db.budget.rows
        page = db.paginate_matching(
            Item, "by_owner", "ann", matching=lambda _: True, examined=1000, cursor=None, size=10
        )
        return len(page.items), page.done, before - db.budget.rows

    assert store.read(read) == (min(stored, 10), stored <= 10, min(stored, 11))
