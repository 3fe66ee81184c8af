"""A search by vectors is that of comparing all of them in the snapshot, on every node, however it is kept in memory."""

import math
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from connvo.kernel.errors import LimitExceeded, ServiceUnavailable
from connvo.rules.embeddings.vectors import cosine, packed, unit, unpacked
from connvo.settings import StoreSettings
from connvo.store import vector_rows, vectors
from connvo.store.read_set import ReadSet
from connvo.store.snapshot import Snapshot
from connvo.store.transaction import Transaction
from connvo.store.vectors import Search, VectorField, VectorIndex, nearest
from tests.support.store import MakeEngine, Store
from tests.support.tables import Arrow

SIZE = 8
FIELD = VectorField(Arrow, lambda one: cast(Arrow, one).vector, lambda one: (cast(Arrow, one).colour,))
PLENTY = 1 << 30


@pytest.fixture(params=["numpy", "plain"])
def rows(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Either way of comparing."""
    kind: str = request.param
    if kind == "numpy":
        pytest.importorskip("numpy")
    monkeypatch.setattr(vector_rows, "has_numpy", lambda: kind == "numpy")
    monkeypatch.setattr(vectors, "has_numpy", lambda: kind == "numpy")
    return kind


def arrow(dice: random.Random, quiver: str = "q") -> Arrow:
    numbers = [dice.gauss(0, 1) for _ in range(SIZE)]
    return Arrow(quiver=quiver, vector=packed(numbers), colour=dice.choice(["red", "blue"]))


def asked(*quivers: str, query: list[float] | None = None, **more: Any) -> Search:
    wanted = unit(query or [1.0, *[0.25] * (SIZE - 1)])
    found: dict[str, Any] = {"least": -1.0, "limit": 10, "max_bytes": PLENTY, **more}
    return Search(field=FIELD, index="by_quiver", prefixes=[(one,) for one in quivers], query=wanted, **found)


def truth(db: Snapshot, search: Search) -> list[tuple[str, float]]:
    """Return what a search must find, by the simplest way."""
    found: list[tuple[float, str]] = []
    for (quiver,) in search.prefixes:
        for one in db.scan(Arrow, "by_quiver", quiver):
            if search.accept is not None and not search.accept((one.colour,)):
                continue
            values = unpacked(one.vector)
            usable = len(values) == SIZE and all(map(math.isfinite, values)) and any(values)
            if usable and (score := cosine(values, search.query)) >= search.least:
                found.append((-score, one.id))
    return [(id, -score) for score, id in sorted(found)[: search.limit]]


def same(found: list[vector_rows.Hit], wanted: list[tuple[str, float]]) -> bool:
    scores = [hit.score for hit in found]
    close = scores == pytest.approx([score for _, score in wanted], abs=2e-6)
    return close and {hit.id for hit in found} == {id for id, _ in wanted}


def both(db: Snapshot, search: Search) -> tuple[list[vector_rows.Hit], list[tuple[str, float]]]:
    return nearest(db, search), truth(db, search)


def change(dice: random.Random, db: Transaction) -> None:
    """Add, move, turn or delete some arrows."""
    held = db.scan(Arrow, "by_creation")
    for _ in range(dice.randint(1, 5)):
        match dice.choice(["add", "add", "move", "turn", "delete"]):
            case "add":
                db.insert(arrow(dice, dice.choice("abc")))
            case "move" if held:
                db.patch(dice.choice(held), quiver=dice.choice("abc"))
            case "turn" if held:
                db.patch(dice.choice(held), vector=arrow(dice).vector, colour=dice.choice(["red", "blue"]))
            case "delete" if held:
                db.delete(held.pop(dice.randrange(len(held))))


@pytest.mark.parametrize("seed", range(3))
def test_a_search_equals_comparing_everything_now_and_in_the_past(store: Store, rows: str, seed: int) -> None:
    dice = random.Random(seed)
    pins: list[int] = []
    for step in range(30):
        store.write(lambda db: change(dice, db))
        if step % 7 == 0:
            pins.append(store.run(store.engine.pin(f"owner {step}")))
        quivers = dice.sample("abc", dice.randint(1, 3))
        red: Callable[[tuple[str, ...]], bool] | None = dice.choice([None, lambda tags: tags == ("red",)])
        search = asked(*quivers, least=dice.choice([-1.0, 0.0, 0.5]), limit=dice.choice([1, 5, 100]), accept=red)
        at = dice.choice([None, *pins[-2:]])
        assert same(*store.read(partial(both, search=search), at=at)), (step, at)


def test_a_query_runs_again_when_one_of_its_ranges_changes(store: Store) -> None:
    store.write(lambda db: db.insert(arrow(random.Random(1), "mine")))
    reads = ReadSet()
    store.read(lambda db: nearest(db, asked("mine")), reads=reads)
    before = store.last_seq()
    store.write(lambda db: db.insert(arrow(random.Random(2), "another")))
    assert not any(commit.written.intersects(reads) for commit in store.commits(before))
    store.write(lambda db: db.insert(arrow(random.Random(3), "mine")))
    assert store.commits(before)[-1].written.intersects(reads)


def test_vectors_that_cannot_be_compared_are_never_found(store: Store, rows: str) -> None:
    bad = [b"", packed([0.0] * SIZE), packed([math.nan] * SIZE), packed([1.0] * (SIZE + 1)), b"abc"]

    def fill(db: Transaction) -> str:
        for vector in bad:
            db.insert(Arrow(quiver="q", vector=vector))
        return db.insert(Arrow(quiver="q", vector=packed([-1.0] * SIZE))).id

    good = store.write(fill)
    assert [hit.id for hit in store.read(lambda db: nearest(db, asked("q")))] == [good]


def test_nearer_vectors_of_others_take_no_place(store: Store) -> None:
    def fill(db: Transaction) -> None:
        for _ in range(3):
            db.insert(Arrow(quiver="mine", vector=packed([1.0, 3.0, *[0.0] * (SIZE - 2)])))
        for _ in range(500):
            db.insert(Arrow(quiver="theirs", vector=packed([1.0, *[0.0] * (SIZE - 1)])))

    store.write(fill)
    assert len(store.read(lambda db: nearest(db, asked("mine", query=[1.0, *[0.0] * (SIZE - 1)])))) == 3


def test_ties_are_in_the_order_of_ids(store: Store, rows: str) -> None:
    vector = packed([2.0] * SIZE)
    ids = store.write(lambda db: [db.insert(Arrow(quiver=quiver, vector=vector)).id for quiver in "abababab"])
    found = store.read(lambda db: nearest(db, asked("b", "a", limit=5)))
    assert [hit.id for hit in found] == sorted(ids)[:5]


def test_a_large_partition_is_loaded_step_by_step(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "FILL_ROWS", 20)
    monkeypatch.setattr(vectors, "SLICE_ROWS", 7)
    dice = random.Random(5)
    for _ in range(6):
        store.write(lambda db: [db.insert(arrow(dice)) for _ in range(10)])
    refusals = 0
    with pytest.raises(ServiceUnavailable):
        store.read(lambda db: both(db, asked("q")))
    while True:
        try:
            assert same(*store.read(lambda db: both(db, asked("q"))))
            break
        except ServiceUnavailable:
            refusals += 1
            store.write(lambda db: change(dice, db))
    assert refusals <= 6


def test_memory_is_bounded_by_dropping_the_least_used(store: Store) -> None:
    dice = random.Random(6)
    store.write(lambda db: [db.insert(arrow(dice, str(number % 20))) for number in range(400)])

    def held(db: Snapshot) -> int:
        nearest(db, asked("0", max_bytes=PLENTY))
        index: VectorIndex = (db.memory or {})[VectorIndex]
        return index.byte_size

    one = store.read(held)
    for number in range(20):
        store.read(partial(nearest, search=asked(str(number), max_bytes=3 * one)))
    assert store.read(held) <= 4 * one


def test_a_search_covers_so_much_at_most(store: Store, rows: str, monkeypatch: pytest.MonkeyPatch) -> None:
    many = asked(*map(str, range(vectors.MAX_PARTITIONS + 1)))
    with pytest.raises(LimitExceeded):
        store.read(lambda db: nearest(db, many))
    monkeypatch.setattr(vectors, "MAX_ROWS" if rows == "numpy" else "MAX_PLAIN_ROWS", 10)
    dice = random.Random(7)
    store.write(lambda db: [db.insert(arrow(dice)) for _ in range(11)])
    with pytest.raises(LimitExceeded):
        store.read(lambda db: nearest(db, asked("q")))


def test_a_hole_in_the_log_empties_the_memory(store: Store) -> None:
    dice = random.Random(8)
    store.write(lambda db: [db.insert(arrow(dice)) for _ in range(5)])
    store.read(lambda db: nearest(db, asked("q")))
    store.write(lambda db: change(dice, db))
    store.write(lambda db: [db.insert(arrow(dice)) for _ in range(3)])
    assert store.run(store.engine.scrub())
    store.write(lambda db: db.delete(db.scan(Arrow, "by_quiver", "q", limit=1)[0]))
    assert same(*store.read(lambda db: both(db, asked("q"))))


def test_more_changes_than_a_query_may_read_empty_the_memory(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "MAX_TOUCHED", 5)
    dice = random.Random(10)
    store.write(lambda db: [db.insert(arrow(dice)) for _ in range(5)])
    at = store.run(store.engine.pin("owner"))
    assert same(*store.read(lambda db: both(db, asked("q"))))
    store.write(lambda db: [db.insert(arrow(dice)) for _ in range(9)])
    assert same(*store.read(lambda db: both(db, asked("q"))))
    assert same(*store.read(lambda db: both(db, asked("q")), at=at))


def test_a_failed_look_at_changes_leaves_no_half_of_them(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(11)
    store.write(lambda db: [db.insert(arrow(dice)) for _ in range(5)])
    store.read(lambda db: nearest(db, asked("q")))
    store.write(lambda db: [db.patch(one, colour="green") for one in db.scan(Arrow, "by_quiver", "q")])

    def broken(db: Snapshot) -> None:
        db.budget.rows = 2
        nearest(db, asked("q"))

    with pytest.raises(LimitExceeded):
        store.read(broken)
    green = asked("q", accept=lambda tags: tags == ("green",))
    assert same(*store.read(lambda db: both(db, green)))


def test_a_transaction_searches_no_vectors(store: Store) -> None:
    with pytest.raises(TypeError, match="transaction"):
        store.write(lambda db: nearest(db, asked("q")))


def test_two_nodes_find_the_same(engine: MakeEngine, tmp_path: Path) -> None:
    dice = random.Random(9)
    first, second = (Store(engine, tmp_path / "one", settings=StoreSettings()) for _ in range(2))
    try:
        for _ in range(15):
            writer = dice.choice([first, second])
            writer.now_ns = max(first.now_ns, second.now_ns)
            writer.write(lambda db: change(dice, db))
            for reader in (first, second):
                found = reader.read(lambda db: both(db, asked(*"abc")))
                assert same(*found)
    finally:
        second.close()
        first.close()
