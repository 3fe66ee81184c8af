"""A snapshot shows one moment: the data as they were, or a refusal, never a mixture."""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.store.engine import SnapshotAhead, SnapshotGone
from connvo.store.engine_base import EngineBase
from connvo.store.read_set import ReadSet
from connvo.store.snapshot import Snapshot
from tests.support.store import Store
from tests.support.tables import Box, Item

from .model import Write, fill, items, reuses_the_store, scan_cases, writes

MakeStore = Callable[..., Store]


@pytest.fixture
def pass_time(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets seconds pass for the snapshots that are held."""
    passed = [0.0]
    monkeypatch.setattr("connvo.store.snapshot_pool.monotonic", lambda: passed[0])

    def wait(seconds: float) -> None:
        passed[0] += seconds

    return wait


def pin(store: Store, owner: str = "ann") -> int:
    ts: int = store.run(store.engine.pin(owner))
    return ts


def add(store: Store, owner: str) -> int:
    return store.commit(lambda db: db.insert(Item(owner=owner))).ts


def owners(db: Snapshot) -> list[str]:
    return [item.owner for item in db.scan(Item, "by_creation")]


def anns(db: Snapshot) -> int:
    return len(db.scan(Item, "by_owner", "ann"))


def test_a_held_snapshot_shows_the_documents_of_its_time(store: Store) -> None:
    add(store, "ann")
    ts = pin(store)
    add(store, "bob")
    store.clear(Box)
    assert store.read(owners, at=ts) == ["ann"]
    assert store.read(owners) == ["ann", "bob"]
    assert store.read(lambda db: db.timestamp, at=ts) == ts


def test_several_snapshots_are_held_side_by_side(store: Store) -> None:
    moments = []
    for name in "abc":
        add(store, name)
        moments.append(pin(store, name))
    assert [store.read(owners, at=ts) for ts in moments] == [["a"], ["a", "b"], ["a", "b", "c"]]


def test_a_snapshot_that_is_not_held_is_told_from_the_newest_when_nothing_it_read_has_changed(store: Store) -> None:
    ts = add(store, "ann")
    add(store, "bob")
    assert store.read(anns, at=ts) == 1
    with pytest.raises(SnapshotGone):
        store.read(owners, at=ts)
    add(store, "ann")
    with pytest.raises(SnapshotGone):
        store.read(anns, at=ts)


def test_the_newest_timestamp_can_always_be_read(store: Store) -> None:
    assert store.read(owners, at=store.read(lambda db: db.timestamp)) == []
    ts = add(store, "ann")
    assert store.read(owners, at=ts) == ["ann"]


def test_a_moment_between_two_commits_shows_the_earlier_one(store: Store) -> None:
    first = add(store, "ann")
    store.now_ns += 1_000_000
    add(store, "bob")
    assert store.read(anns, at=first + 1) == 1
    with pytest.raises(SnapshotGone):
        store.read(owners, at=first + 1)


def test_the_future_is_refused(store: Store) -> None:
    ts = add(store, "ann")
    for ahead in (ts + 1, 2**62):
        with pytest.raises(SnapshotAhead):
            store.read(anns, at=ahead)


def test_a_read_of_the_past_records_its_read_set(store: Store) -> None:
    ts = add(store, "ann")
    held = pin(store)
    for at in (ts, held):
        reads = ReadSet()
        store.read(anns, reads, at)
        assert len(reads) == 1


def test_a_snapshot_is_held_for_a_while_only(make_store: MakeStore, pass_time: Callable[[float], None]) -> None:
    store = make_store(settings={"snapshot_ttl_seconds": 30})
    add(store, "ann")
    ts = pin(store)
    add(store, "bob")
    pass_time(20)
    assert store.read(owners, at=ts) == ["ann"]
    pass_time(11)
    with pytest.raises(SnapshotGone):
        store.read(owners, at=ts)


def test_asking_again_prolongs_a_snapshot(make_store: MakeStore, pass_time: Callable[[float], None]) -> None:
    store = make_store(settings={"snapshot_ttl_seconds": 30})
    add(store, "ann")
    ts = pin(store)
    pass_time(20)
    assert pin(store) == ts
    add(store, "bob")
    pass_time(20)
    assert store.read(owners, at=ts) == ["ann"]


def test_only_so_many_snapshots_are_held_and_the_oldest_goes_first(make_store: MakeStore) -> None:
    store = make_store(settings={"snapshots": 2})
    moments = []
    for name in "abc":
        add(store, name)
        moments.append(pin(store))
    add(store, "d")
    with pytest.raises(SnapshotGone):
        store.read(owners, at=moments[0])
    assert [store.read(owners, at=ts) for ts in moments[1:]] == [["a", "b"], ["a", "b", "c"]]


def test_an_account_pushes_out_no_snapshot_of_another(make_store: MakeStore) -> None:
    store = make_store(settings={"snapshots": 4, "snapshots_per_account": 2})
    add(store, "first")
    ts = pin(store, "bob")
    for number in range(9):
        add(store, f"{number}")
        pin(store, "mallory")
    add(store, "last")
    assert store.read(owners, at=ts) == ["first"]


def test_where_every_place_is_taken_a_newcomer_reads_only_unchanged_values(make_store: MakeStore) -> None:
    store = make_store(settings={"snapshots": 2})
    moments = {}
    for name in ("bob", "cid", "dan"):
        add(store, name)
        moments[name] = pin(store, name)
    add(store, "last")
    assert store.read(owners, at=moments["bob"]) == ["bob"]
    assert store.read(owners, at=moments["cid"]) == ["bob", "cid"]
    assert store.read(anns, at=moments["dan"]) == 0
    with pytest.raises(SnapshotGone):
        store.read(owners, at=moments["dan"])


def test_the_largest_holder_gives_one_up_for_a_holder_of_none(make_store: MakeStore) -> None:
    store = make_store(settings={"snapshots": 2})
    moments = []
    for name in ("bob", "bob", "cid"):
        add(store, name)
        moments.append(pin(store, name))
    add(store, "last")
    with pytest.raises(SnapshotGone):
        store.read(owners, at=moments[0])
    assert [store.read(owners, at=ts) for ts in moments[1:]] == [["bob", "bob"], ["bob", "bob", "cid"]]


def test_a_snapshot_held_for_two_closes_with_the_second(store: Store) -> None:
    ts = add(store, "ann")
    assert pin(store, "bob") == pin(store, "cid") == ts
    add(store, "last")
    store.engine.unpin(ts, "bob")
    assert store.read(owners, at=ts) == ["ann"]
    store.engine.unpin(ts, "cid")
    with pytest.raises(SnapshotGone):
        store.read(owners, at=ts)


def test_snapshots_that_follow_each_other_are_all_closed_after_the_span(
    make_store: MakeStore, pass_time: Callable[[float], None]
) -> None:
    store = make_store(settings={"snapshot_ttl_seconds": 30, "snapshot_span_seconds": 60})
    held = []
    for second in range(70):
        add(store, f"{second}")
        ts = pin(store)
        held.append(store.engine.pinned(ts))
        pass_time(1)
    assert held == [second not in (60,) for second in range(70)]


def test_snapshots_close_without_anybody_asking(make_store: MakeStore) -> None:
    store = make_store(settings={"snapshot_ttl_seconds": 0.05})
    assert isinstance(store.engine, EngineBase)
    add(store, "ann")
    pin(store)
    while store.engine._pins._held:
        store.run(asyncio.sleep(0.01))


def test_a_snapshot_of_before_the_log_begins_is_gone(make_store: MakeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connvo.store.log_retention.TRIM_EVERY_COMMITS", 1)
    store = make_store(settings={"log_retention_seconds": 60})
    ts = add(store, "ann")
    store.now_ns += 61_000_000_000
    for _ in range(3):
        store.commit(lambda db: db.insert(Box()))
    with pytest.raises(SnapshotGone):
        store.read(anns, at=ts)


@reuses_the_store
@given(documents=st.lists(items, max_size=6), changes=st.lists(writes, min_size=1, max_size=4), data=st.data())
def test_a_read_of_the_past_is_right_or_refused(
    store: Store, documents: list[Item], changes: list[Write], data: st.DataObject
) -> None:
    stored = fill(store, documents)
    case = data.draw(scan_cases(stored))
    ts = store.read(lambda db: db.timestamp)
    then = store.read(case.run)
    for change in changes:
        store.write(change.run)
    try:
        assert store.read(case.run, at=ts) == then
    except SnapshotGone:
        assert store.last_seq() > 0


def test_an_answered_mutation_is_read_at_once_despite_earlier_reads_in_that_turn(store: Store) -> None:
    async def look() -> None:
        for _ in range(50):
            written = asyncio.ensure_future(store.engine.write(lambda db: db.insert(Item())))
            while not written.done():
                await store.engine.read(lambda db: db.timestamp)
                await asyncio.sleep(0)
            assert await store.engine.read(lambda db: db.timestamp) >= written.result().ts

    store.run(look())
