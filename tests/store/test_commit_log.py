"""The commit log: no holes, time that only grows, exactly the written keys, and never longer than it has to be."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.kernel.keys import Key
from connvo.store.commit_log import Commit, decode_keys, encode_keys
from connvo.store.engine import Committed
from connvo.store.transaction import Transaction
from connvo.store.write_set import WrittenKeys
from tests.support.store import Store
from tests.support.tables import Box, Item

from .model import ITEMS, Write, reuses_the_store, writes

SECOND_NS = 1_000_000_000
parts = st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.text()


def keys_of(*documents: Item) -> dict[str, set[Key]]:
    """Return the keys of these documents, by place."""
    return {name: {ITEMS.key(name.partition("/")[2], item) for item in documents} for name in ITEMS.index_names}


def as_sets(commit: Commit) -> dict[str, set[Key]]:
    return {place: set(keys) for place, keys in commit.written.keys.items()}


def add(db: Transaction) -> Item:
    return db.insert(Item())


@given(st.dictionaries(st.text(max_size=5), st.lists(st.lists(parts, max_size=4).map(tuple), max_size=3), max_size=3))
def test_written_keys_survive_the_log(keys: dict[str, list[Key]]) -> None:
    decoded = decode_keys(encode_keys(WrittenKeys(keys))).keys
    assert decoded == keys
    assert repr(decoded) == repr(keys)


@reuses_the_store
@given(st.lists(st.lists(writes, max_size=4), max_size=6), st.lists(st.integers(-3600, 3600), max_size=6))
def test_positions_have_no_holes_and_time_only_grows(store: Store, groups: list[list[Write]], jumps: list[int]) -> None:
    before = store.commits()[-1:]
    for position, group in enumerate(groups):
        store.now_ns += jumps[position] * SECOND_NS if position < len(jumps) else 0
        store.together(*(write.run for write in group))
    log = before + store.commits(before[0].seq if before else 0)
    assert [commit.seq for commit in log] == [log[0].seq + n for n in range(len(log))]
    times = [commit.ts for commit in log]
    assert times == sorted(set(times))


def test_time_goes_on_when_the_wall_clock_jumps_back(store: Store) -> None:
    first = store.commit(add)
    store.now_ns -= 3600 * SECOND_NS
    second = store.commit(add)
    assert second.ts == first.ts + 1
    store.reopen()
    assert store.commit(add).ts == first.ts + 2


def test_a_commit_is_visible_from_its_timestamp_on(store: Store) -> None:
    committed = store.commit(add)
    assert store.read(lambda db: db.timestamp) == committed.ts
    assert [commit.ts for commit in store.commits()] == [committed.ts]


def test_a_mutation_can_write_the_timestamp_of_its_commit(store: Store) -> None:
    committed = store.commit(lambda db: db.before_commit(lambda own, ts: own.insert(Item(size=ts))))
    assert [item.size for item in store.everything(Item)] == [committed.ts]
    assert [commit.ts for commit in store.commits()] == [committed.ts]


def test_a_mutation_that_only_read_makes_no_commit_and_is_as_new_as_its_reads(store: Store) -> None:
    written = store.commit(add)
    read = store.commit(lambda db: len(db.scan(Item, "by_creation")))
    assert read == Committed(1, written.ts)
    assert store.last_seq() == 1


def test_the_log_survives_a_restart(store: Store) -> None:
    store.together(add, add)
    log = store.commits()
    store.reopen()
    store.write(add)
    assert [(c.seq, c.ts, c.written.keys) for c in store.commits()[:2]] == [(c.seq, c.ts, c.written.keys) for c in log]
    assert [commit.seq for commit in store.commits()] == [1, 2, 3]


def test_a_commit_names_the_keys_of_a_new_document(store: Store) -> None:
    item = store.write(lambda db: db.insert(Item(owner="ann", rank=1.5, flag=True, label=None, size=7)))
    (commit,) = store.commits()
    assert as_sets(commit) == keys_of(item)
    assert ("ann", 1.5, item.creation_time, item.id) in as_sets(commit)["testItems/by_owner"]
    assert (1, None, item.creation_time, item.id) in as_sets(commit)["testItems/by_flag"]


def test_a_commit_names_the_old_and_the_new_keys_of_a_changed_document(store: Store) -> None:
    old = store.write(lambda db: db.insert(Item(owner="ann", rank=1.0)))
    new = store.write(lambda db: db.patch(old, rank=2.0))
    assert as_sets(store.commits()[1]) == keys_of(old, new)


def test_a_commit_names_every_key_of_a_document_whose_body_alone_changed(store: Store) -> None:
    item = store.write(lambda db: db.insert(Item(note="old")))
    store.write(lambda db: db.patch(item, note="new"))
    assert as_sets(store.commits()[1]) == keys_of(item)


def test_a_commit_names_the_keys_of_a_deleted_document(store: Store) -> None:
    item = store.write(lambda db: db.insert(Item(owner="ann")))
    store.write(lambda db: db.delete(item))
    assert as_sets(store.commits()[1]) == keys_of(item)


def test_a_commit_names_nothing_else(store: Store) -> None:
    store.write(add)

    def work(db: Transaction) -> None:
        db.scan(Item, "by_creation")
        db.insert(Box())

    store.write(work)
    assert set(store.commits()[1].written.keys) == {"testBoxes/by_id", "testBoxes/by_creation"}


def test_writes_of_a_failed_mutation_are_in_no_commit(store: Store) -> None:
    def fail(db: Transaction) -> None:
        db.insert(Box())
        raise ValueError

    store.together(add, fail, add)
    assert [set(c.written.keys) & {"testBoxes/by_id"} for c in store.commits()] == [set(), set()]


def test_the_log_is_read_from_a_position_in_pieces(store: Store) -> None:
    store.together(*[add] * 5)
    pieces = [store.run(store.engine.commits(after, 2)) for after in (0, 2, 4, 5)]
    assert [[commit.seq for commit in piece] for piece in pieces] == [[1, 2], [3, 4], [5], []]


def test_listeners_hear_of_every_commit_after_it_is_on_disk(store: Store) -> None:
    heard: list[int] = []

    def listen(commits: list[Commit]) -> None:
        heard.extend(commit.seq for commit in commits)

    store.engine.on_local_commits(listen)
    store.together(add, add, lambda db: None)
    store.write(add)
    store.run(store.engine.commits(0, 1))
    assert heard == [1, 2, 3]


def test_a_listener_that_fails_holds_nobody_up(store: Store) -> None:
    def fail(commits: list[Commit]) -> None:
        raise ValueError("a listener's own fault")

    noticed: list[Any] = []
    store.runner.get_loop().set_exception_handler(lambda loop, context: noticed.append(context["exception"]))
    store.engine.on_local_commits(fail)
    store.together(add, add)
    store.write(add)
    assert [commit.seq for commit in store.commits()] == [1, 2, 3]
    assert [str(error) for error in noticed] == ["a listener's own fault"] * 2


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trims after every third commit, two rows at a time."""
    monkeypatch.setattr("connvo.store.log_retention.TRIM_EVERY_COMMITS", 3)
    monkeypatch.setattr("connvo.store.log_retention.TRIM_ROWS", 2)


@pytest.mark.usefixtures("small_steps")
def test_the_log_is_cut_by_age_in_small_steps(make_store: Callable[..., Store]) -> None:
    store = make_store(settings={"log_retention_seconds": 60})
    for _ in range(9):
        store.write(add)
    assert [commit.seq for commit in store.commits()] == list(range(1, 10))
    store.now_ns += 61 * SECOND_NS
    lengths = []
    for _ in range(18):
        store.write(add)
        kept = [commit.seq for commit in store.commits()]
        lengths.append(len(kept))
        assert kept == list(range(kept[0], kept[-1] + 1))
    assert lengths[0] == 8
    assert min(after - before for before, after in pairwise(lengths)) >= -1
    assert store.commits()[0].seq == 10
    assert len(store.everything(Item)) == 27


def test_the_clock_can_be_moved_ahead_and_stays_ahead(store: Store) -> None:
    ahead = store.now_ns + 3600 * SECOND_NS
    store.run(store.engine.advance_clock(ahead))
    assert store.read(lambda db: db.timestamp) >= ahead
    store.reopen()
    assert store.commit(add).ts > ahead
    seq = store.last_seq()
    store.run(store.engine.advance_clock(ahead - SECOND_NS))
    assert store.last_seq() == seq
