"""Live queries on a distant database: what they remember is what they would read, whoever wrote meanwhile."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.runtime.live.client_subscriptions import ClientSubscriptions, QuerySubscription
from connvo.runtime.live.queries import LiveQueries
from connvo.runtime.live.requests import AnyRun, QueryAnswer, QueryRequest
from connvo.store.postgres.rows import PostgresRows
from connvo.store.read_set import ReadSet
from connvo.store.snapshot import Snapshot
from connvo.store.transaction import Transaction
from tests.store.model import INDEXES, ITEMS, Write, reuses_the_store, writes
from tests.support.host import Host
from tests.support.store import Store
from tests.support.tables import Item, ItemId

NOTHING = QueryRequest("everything", b"{}", None)


class Looker:
    """Watches every document by id, by whole keys and by scans, and holds the ones against the others."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.seen: set[ItemId] = set()
        self.live = LiveQueries(host.engine, host.runtime.tail, host.runtime.subscriptions, self._run)
        self.watcher = ClientSubscriptions(lambda: None)
        QuerySubscription(self.watcher, 0, NOTHING)

    def look(self) -> None:
        """Run what is stale."""
        self.host.run(self.live.refresh(self.watcher))

    def _run(self, snapshot: Snapshot, question: AnyRun, reads: ReadSet) -> QueryAnswer:
        db = snapshot.fork(reads, snapshot.budget)
        documents = {document.id: document for document in db.scan(Item, "by_creation")}
        self.seen |= documents.keys()
        for id in self.seen:
            assert db.get(Item, id) == documents.get(id)
        for index in INDEXES:
            for key in {ITEMS.key(index, document)[:-2] for document in [*documents.values(), Item()]}:
                found = db.scan(Item, index, *key, limit=1)
                assert db.first(Item, index, *key) == (found[0] if found else None)
        return QueryAnswer(value=str(len(documents)).encode())


def run(group: list[Write]) -> Any:
    def work(db: Transaction) -> None:
        for write in group:
            write.run(db)

    return work


@pytest.fixture
def other(host: Host) -> Iterator[Store]:
    """Another engine on the same database, of whose commits nobody is told."""
    store = Store(host.make, host.folder)
    yield store
    store.close()


@reuses_the_store
@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.lists(writes, max_size=3)), max_size=6))
def test_a_remembered_read_is_the_current_one(
    host: Host, other: Store, groups: list[tuple[bool, bool, list[Write]]]
) -> None:
    host.clear(Item)
    looker = Looker(host)
    for here, looks, group in groups:
        (host if here else other).write(run(group))
        if looks:
            looker.look()
    looker.look()


@pytest.mark.parametrize("make_host", ["postgres"], indirect=True)
def test_a_remembered_read_is_not_repeated(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    item = host.write(lambda db: db.insert(Item(label="a")))

    def answer(snapshot: Snapshot, question: AnyRun, reads: ReadSet) -> QueryAnswer:
        db = snapshot.fork(reads, snapshot.budget)
        assert db.get(Item, item.id) and db.first(Item, "by_label", "a")
        return QueryAnswer(value=str(len(db.scan(Item, "by_owner", "ann"))).encode())

    statements: list[str] = []
    read = PostgresRows.all

    def noted(rows: PostgresRows, sql: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        statements.append(sql)
        return read(rows, sql, parameters)

    live = LiveQueries(host.engine, host.runtime.tail, host.runtime.subscriptions, answer)
    watcher = ClientSubscriptions(lambda: None)
    QuerySubscription(watcher, 0, NOTHING)
    host.run(live.refresh(watcher))
    monkeypatch.setattr(PostgresRows, "all", noted)
    host.write(lambda db: db.insert(Item(owner="ann")))
    host.run(live.refresh(watcher))
    assert [sql for sql in statements if "testItems" in sql and "c_owner" not in sql] == []
