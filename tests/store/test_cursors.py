"""Cursors belong to the list, the function and the database that made them; pages that run again keep their place."""

import random

import pytest

from connvo.kernel.errors import Invalid
from connvo.store.cursors import CursorCodec
from connvo.store.snapshot import Page, Snapshot
from tests.support.store import Store
from tests.support.tables import Item

SECRET = b"s" * 32


def page(
    store: Store,
    cursor: str | None,
    *,
    owner: str = "ann",
    size: int = 3,
    reverse: bool = False,
    end: str | None = None,
    journal: str | None = None,
    context: bytes = b"list",
    secret: bytes = SECRET,
) -> tuple[Page[Item], CursorCodec]:
    pages = CursorCodec(secret, lambda: context, journal)

    def work(db: Snapshot) -> Page[Item]:
        db.pages = pages
        return db.paginate(Item, "by_owner", owner, cursor=cursor, size=size, reverse=reverse, end=end)

    return store.read(work), pages


def fill(store: Store, *ranks: float | None) -> None:
    for rank in ranks:
        store.write(lambda db, rank=rank: db.insert(Item(owner="ann", rank=rank)))  # type: ignore[misc]


def ranks(found: Page[Item]) -> list[float | None]:
    return [item.rank for item in found.items]


def test_a_list_is_read_to_its_end_page_by_page(store: Store) -> None:
    fill(store, 1, 2, 3, 4, 5, 6, 7)
    cursor, read = None, []
    for done in (False, False, True):
        found, _ = page(store, cursor)
        read += ranks(found)
        cursor = found.cursor
        assert found.done is done
    assert read == [1, 2, 3, 4, 5, 6, 7]
    assert cursor == ""


def test_a_page_that_has_grown_can_be_read_as_two(store: Store) -> None:
    fill(store, 1, 2, 3)
    first, pages = page(store, None)
    assert first.split is None
    fill(store, 4, 5, 6)
    journal = pages.kept
    assert page(store, None, journal=journal)[0].split is None
    fill(store, 7)
    grown, _ = page(store, None, journal=journal)
    assert grown.split is not None
    halves = [ranks(page(store, None, end=grown.split)[0]), ranks(page(store, grown.split)[0])]
    assert halves == [[1, 2, 3, 4], [5, 6, 7]]


@pytest.mark.parametrize(
    "other",
    [{"owner": "bob"}, {"reverse": True}, {"context": b"another function"}, {"secret": b"t" * 32}],
    ids=["list", "direction", "function", "database"],
)
def test_a_cursor_is_good_for_nothing_else(store: Store, other: dict[str, object]) -> None:
    fill(store, 1, 2, 3, 4)
    found, _ = page(store, None)
    with pytest.raises(Invalid, match="InvalidCursor"):
        page(store, found.cursor, **other)  # type: ignore[arg-type]
    with pytest.raises(Invalid, match="InvalidCursor"):
        page(store, None, end=found.cursor, **other)  # type: ignore[arg-type]


def test_a_cursor_that_was_touched_is_none(store: Store) -> None:
    fill(store, 1, 2, 3, 4)
    found, _ = page(store, None)
    drawn = random.Random(5)
    for _ in range(200):
        place = drawn.randrange(len(found.cursor.rstrip("=")) - 1)
        letter = drawn.choice("ABCDEFabcdef0123_-")
        if letter != found.cursor[place]:
            with pytest.raises(Invalid, match="InvalidCursor"):
                page(store, found.cursor[:place] + letter + found.cursor[place + 1 :])


@pytest.mark.parametrize("cursor", ["", "x", "ä", "AAAA" * 20, "null"])
def test_an_invalid_cursor_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(Invalid, match="InvalidCursor"):
        page(store, cursor)


@pytest.mark.parametrize("reverse", [False, True])
def test_a_page_that_runs_again_keeps_its_range(store: Store, reverse: bool) -> None:
    fill(store, 1, 2, 3, 4, 5, 6)
    first, pages = page(store, None, reverse=reverse)
    fill(store, 0.5, 2.5, 3.2, 3.8, 4.5, 9)
    again, _ = page(store, None, reverse=reverse, journal=pages.kept)
    rest, _ = page(store, again.cursor, reverse=reverse, size=100)
    everything = sorted([0.5, 1, 2, 2.5, 3, 3.2, 3.8, 4, 4.5, 5, 6, 9], reverse=reverse)
    assert ranks(again) + ranks(rest) == everything, "no gap, no overlap"
    assert again.cursor == first.cursor
    assert not again.done


def test_the_last_page_grows_at_the_end(store: Store) -> None:
    fill(store, 1, 2)
    first, pages = page(store, None)
    assert first.done
    fill(store, 3, 4, 5, 6)
    again, _ = page(store, None, journal=pages.kept)
    assert ranks(again) == [1, 2, 3, 4, 5, 6]
    assert again.done


def test_an_end_is_where_the_page_ends(store: Store) -> None:
    fill(store, 1, 2, 3, 4, 5, 6)
    first, _ = page(store, None, size=2)
    second, _ = page(store, first.cursor, size=2)
    both, _ = page(store, None, size=1, end=second.cursor)
    assert ranks(both) == [1, 2, 3, 4]
    assert both.cursor == second.cursor
    nothing, _ = page(store, second.cursor, end=second.cursor)
    assert nothing.items == []


def test_a_journal_of_another_list_says_nothing(store: Store) -> None:
    fill(store, 1, 2, 3, 4)
    _, pages = page(store, None)
    found, _ = page(store, None, owner="bob", journal=pages.kept)
    assert found.done
    assert ranks(page(store, None, journal="nonsense")[0]) == [1, 2, 3]


def test_a_run_keeps_the_place_of_its_first_list(store: Store) -> None:
    fill(store, 1, 2, 3, 4)
    pages = CursorCodec(SECRET, bytes)

    def work(db: Snapshot) -> None:
        db.pages = pages
        db.paginate(Item, "by_owner", "ann", cursor=None, size=2)
        db.paginate(Item, "by_owner", "bob", cursor=None, size=2)

    store.read(work)
    again, _ = page(store, None, journal=pages.kept, context=b"", size=3)
    assert ranks(again) == [1, 2]
