"""A purge deletes what has expired, the oldest first, in batches, and says whether to go on."""

from connvo.store.purging import purge
from tests.support.store import Store
from tests.support.tables import Item


def fill(store: Store) -> None:
    for owner, rank in (("ann", 1.0), ("ann", 2.0), ("ann", 3.0), ("bob", 1.0)):
        store.write(lambda db, owner=owner, rank=rank: db.insert(Item(owner=owner, rank=rank)))  # type: ignore[misc]


def left(store: Store) -> list[tuple[str, float | None]]:
    return [(item.owner, item.rank) for item in store.everything(Item)]


def test_only_documents_up_to_the_limit_of_their_prefix_are_deleted(store: Store) -> None:
    fill(store)
    assert not store.write(lambda db: purge(db, Item, "by_owner", "ann", until=2.0))
    assert left(store) == [("ann", 3.0), ("bob", 1.0)]


def test_a_full_batch_asks_for_another_one(store: Store) -> None:
    fill(store)
    assert store.write(lambda db: purge(db, Item, "by_owner", "ann", until=9.0, limit=2))
    assert left(store) == [("ann", 3.0), ("bob", 1.0)]
    assert not store.write(lambda db: purge(db, Item, "by_owner", "ann", until=9.0, limit=2))
    assert left(store) == [("bob", 1.0)]


def test_a_purge_that_finds_nothing_commits_nothing(store: Store) -> None:
    fill(store)
    seq = store.last_seq()
    assert not store.write(lambda db: purge(db, Item, "by_owner", "ann", until=0.5))
    assert store.last_seq() == seq
