"""Documents are found by their terms, the same ones on every database, whatever was written before."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connvo.kernel.errors import LimitExceeded
from connvo.store import schema
from connvo.store.archive import dump, load
from connvo.store.read_set import ReadSet
from connvo.store.schema import Table, table_of
from connvo.store.text_search import TermQuery
from connvo.store.transaction import Transaction
from tests.store.conftest import MakeStore
from tests.support.store import Store
from tests.support.tables import Box, Item, Page

ALL = 100
BOOKS = ("booka", "bookb")
WORDS = ("a", "ab", "abc", "b", "2024", "q000e9", "1e5", "not", "near", "or")
words = st.sampled_from(WORDS)
pages = st.tuples(st.sampled_from(BOOKS), st.lists(words, max_size=5))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("insert"), st.just(0), pages),
        st.tuples(st.just("patch"), st.integers(0, 9), pages),
        st.tuples(st.just("delete"), st.integers(0, 9), pages),
    ),
    max_size=12,
)
queries = st.builds(
    lambda books, whole: TermQuery(any_of=tuple(books), all_of=tuple(whole)),
    st.lists(st.sampled_from(BOOKS), min_size=1, max_size=2, unique=True),
    st.lists(words, max_size=2),
)


def page(book: str, *terms: str) -> Page:
    return Page(book=book, terms=" ".join([book, *terms]))


def search(store: Store, query: TermQuery, limit: int = ALL) -> list[str]:
    """Return the terms of what is found, the newest first."""
    books = list(query.any_of)
    return [one.terms for one in store.read(lambda db: db.search(Page, "by_book", books, query, limit))]


def matches(found: Page, query: TermQuery) -> bool:
    terms = found.terms.split()
    return any(book in terms for book in query.any_of) and all(term in terms for term in query.all_of)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(done=steps, query=queries, at_once=st.booleans())
def test_a_search_finds_exactly_the_matches(
    store: Store, done: list[tuple[str, int, tuple[str, list[str]]]], query: TermQuery, at_once: bool
) -> None:
    store.clear(Page)

    def do(db: Transaction, *wanted: tuple[str, int, tuple[str, list[str]]]) -> None:
        for step in wanted:
            do_one(db, step)

    def do_one(db: Transaction, step: tuple[str, int, tuple[str, list[str]]]) -> None:
        kind, number, (book, terms) = step
        stored = db.scan(Page, "by_creation")
        if kind == "insert" or not stored:
            db.insert(page(book, *terms))
        elif kind == "patch":
            db.patch(stored[number % len(stored)], book=book, terms=page(book, *terms).terms)
        else:
            db.delete(stored[number % len(stored)])

    for group in [done] if at_once else [[step] for step in done]:
        store.write(lambda db, group=group: do(db, *group))  # type: ignore[misc]
    stored: list[Page] = store.everything(Page)
    assert search(store, query) == [one.terms for one in reversed(stored) if matches(one, query)]


def test_a_query_may_name_many_values(store: Store) -> None:
    books = [f"book{number}" for number in range(250)]
    store.write(lambda db: [db.insert(page(book, "one")) for book in books])
    assert search(store, TermQuery(any_of=tuple(books), all_of=("one",)), 1000) == [
        f"{book} one" for book in books[::-1]
    ]


def test_the_newest_are_found_first_and_no_more_than_wanted(store: Store) -> None:
    for number in range(5):
        store.write(lambda db, number=number: db.insert(page("booka", f"n{number}")))  # type: ignore[misc]
    assert search(store, TermQuery(any_of=("booka",)), limit=2) == ["booka n4", "booka n3"]


def test_a_transaction_finds_its_own_writes(store: Store) -> None:
    def work(db: Transaction) -> list[str]:
        db.insert(page("booka", "one"))
        query = TermQuery(any_of=("booka",), all_of=("one",))
        return [found.terms for found in db.search(Page, "by_book", ["booka"], query, ALL)]

    assert store.write(work) == ["booka one"]


def test_nothing_of_a_refused_write_is_found(store: Store) -> None:
    def work(db: Transaction) -> None:
        db.insert(page("booka", "one"))
        db.flush()
        raise LookupError

    with pytest.raises(LookupError):
        store.write(work)
    assert search(store, TermQuery(any_of=("booka",))) == []


def test_terms_outside_of_the_values_are_not_read(store: Store) -> None:
    store.write(lambda db: db.insert(Page(book="bookb", terms="booka")))
    query, reads = TermQuery(any_of=("booka",)), ReadSet()
    assert store.read(lambda db: db.search(Page, "by_book", ["booka"], query, ALL), reads) == []
    assert reads.touches("testPages", "by_book", ("booka", 1.0, "x"))
    assert not reads.touches("testPages", "by_book", ("bookb", 1.0, "x"))


@pytest.mark.parametrize("term", ["", "A", "a b", "a*", '"', "é", "a" * 201, "a)"])
def test_a_term_has_small_letters_and_digits(term: str) -> None:
    with pytest.raises(ValueError, match="no term"):
        TermQuery(any_of=("booka",), all_of=(term,))


def test_a_table_without_text_is_not_searched(store: Store) -> None:
    with pytest.raises(TypeError, match="testBoxes has no text"):
        store.read(lambda db: db.search(Box, "by_creation", [], TermQuery(any_of=("a",)), ALL))


def test_a_search_is_limited_as_every_read(make_store: MakeStore) -> None:
    store = make_store(limits={"rows_read": 100})
    for number in range(0, 120, 40):
        store.write(lambda db, number=number: [db.insert(page("booka", f"n{number + n}")) for n in range(40)])  # type: ignore[misc]
    with pytest.raises(LimitExceeded):
        search(store, TermQuery(any_of=("booka",)), limit=120)


def test_an_import_is_found(make_store: MakeStore) -> None:
    first, second = make_store(), make_store()
    first.write(lambda db: db.insert(page("booka", "one")))
    lines = first.read(lambda db: list(dump(db, "0")))
    second.write(lambda db: db.insert(page("booka", "gone")))
    second.write(lambda db: load(db, lines, replace=True))
    assert search(second, TermQuery(any_of=("booka",))) == ["booka one"]


@contextmanager
def items_with_text(text: str | None) -> Iterator[None]:
    """Declare the text of items for a while."""
    table = table_of(Item)
    try:
        own = {name: columns for name, columns in table.indexes.items() if name not in ("by_id", "by_creation")}
        schema._registry[Item] = Table(table.name, table.number, Item, own, table.policy, text)
        yield
    finally:
        schema._registry[Item] = table


def test_documents_of_before_are_found_once_a_text_is_declared_and_it_can_go_again(store: Store) -> None:
    numbers = count()

    def found() -> int:
        store.write(lambda db: db.insert(Item(owner="a", note=f"term n{next(numbers)}")))
        query = TermQuery(any_of=("term",))
        return len(store.read(lambda db: db.search(Item, "by_owner", ["a"], query, ALL)))

    store.write(lambda db: db.insert(Item(owner="a", note="term")))
    with items_with_text("note"):
        store.reopen()
        assert found() == 2
        store.reopen()
        assert found() == 3
    store.reopen()
    store.write(lambda db: db.insert(Item(owner="a", note="term")))
    with pytest.raises(TypeError):
        found()
    with items_with_text("note"):
        store.reopen()
        assert found() == 6
    store.reopen()
