"""A mutation is all or nothing, serial with every other, sees its own writes, and is answered once it is on disk."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.kernel.errors import Invalid
from connvo.kernel.ids import decode_id
from connvo.store.engine import StoreBusy
from connvo.store.snapshot import Snapshot
from connvo.store.transaction import Transaction
from tests.support.store import Store
from tests.support.tables import Box, BoxId, Item

from .model import changes, items, reuses_the_store


class Refused(Exception):
    """What a function raises."""


def owners(store: Store) -> list[str]:
    return [item.owner for item in store.everything(Item)]


def add(owner: str) -> Callable[[Transaction], str]:
    return lambda db: db.insert(Item(owner=owner)).id


def add_and_fail(owner: str) -> Callable[[Transaction], str]:
    def work(db: Transaction) -> str:
        db.insert(Item(owner=owner))
        db.insert(Box())
        raise Refused(owner)

    return work


def test_a_write_of_a_mutation_is_there_afterwards(store: Store) -> None:
    stored = store.write(lambda db: db.insert(Item(owner="ann", rank=1.5, tags=["x"])))
    assert store.read(lambda db: db.get(Item, stored.id)) == stored
    store.reopen()
    assert store.everything(Item) == [stored]


def test_a_mutation_that_fails_leaves_nothing(store: Store) -> None:
    kept = store.write(lambda db: db.insert(Item(owner="ann", note="old")))

    def work(db: Transaction) -> None:
        db.patch(kept, note="new")
        db.insert(Item(owner="bob"))
        db.insert(Box())
        db.delete(kept)
        raise Refused

    with pytest.raises(Refused):
        store.write(work)
    assert store.everything(Item) == [kept]
    assert store.everything(Box) == []
    assert store.last_seq() == 1


def test_one_that_fails_does_not_take_its_group_with_it(store: Store) -> None:
    answers = store.together(add("ann"), add_and_fail("bob"), add("cid"), add_and_fail("dan"), add("eve"))
    assert [type(answer) for answer in answers] == [str, Refused, str, Refused, str]
    assert owners(store) == ["ann", "cid", "eve"]
    assert store.everything(Box) == []


def test_a_mistake_that_the_database_finds_is_that_mutation_s_own(store: Store) -> None:
    def twice(db: Transaction) -> None:
        db.insert(Item(owner="bob"), payload=bytes(16))
        db.insert(Item(owner="bob"), payload=bytes(16))

    answers = store.together(add("ann"), twice, add("cid"))
    assert isinstance(answers[1], Exception)
    assert owners(store) == ["ann", "cid"]


def test_concurrent_increments_give_the_exact_sum(store: Store) -> None:
    box = store.write(lambda db: db.insert(Box()))

    def increment(db: Transaction) -> None:
        current = db.get(Box, box.id)
        assert current
        db.patch(current, count=current.count + 1)

    async def many() -> None:
        async def one() -> None:
            for _ in range(10):
                await store.engine.write(increment)

        await asyncio.gather(*(one() for _ in range(20)))

    store.run(many())
    assert [box.count for box in store.everything(Box)] == [200]


def test_mutations_run_in_the_order_of_their_calls(store: Store) -> None:
    names = [f"{n:02}" for n in range(50)]
    store.together(*map(add, names))
    assert owners(store) == names


def test_a_mutation_sees_its_own_writes(store: Store) -> None:
    old = store.write(lambda db: db.insert(Item(owner="ann", rank=1.0)))

    def work(db: Transaction) -> None:
        new = db.insert(Item(owner="ann", rank=0.0))
        assert db.get(Item, new.id) == new
        assert [item.id for item in db.scan(Item, "by_owner", "ann")] == [new.id, old.id]
        moved = db.patch(new, rank=2.0)
        assert [item.id for item in db.scan(Item, "by_owner", "ann")] == [old.id, new.id]
        assert db.count(Item, "by_owner", "ann", limit=10) == 2
        db.delete(old)
        assert db.get(Item, old.id) is None
        assert db.scan(Item, "by_owner", "ann") == [moved]

    store.write(work)


def test_a_mutation_sees_the_writes_of_those_before_it_in_its_group(store: Store) -> None:
    def count(db: Transaction) -> int:
        return db.count(Item, "by_creation", limit=100)

    answers = store.together(count, add("ann"), count, add_and_fail("bob"), count)
    assert [answers[0], answers[2], answers[4]] == [0, 1, 1]


def test_nobody_else_sees_a_write_before_it_is_committed(store: Store) -> None:
    async def look_inside() -> None:
        seen: list[int] = []
        running = asyncio.ensure_future(store.engine.write(add("ann")))
        while not running.done():
            seen.append(await store.engine.read(lambda db: db.count(Item, "by_creation", limit=10)))
            await asyncio.sleep(0)
        assert seen == sorted(seen)
        assert await store.engine.read(lambda db: db.count(Item, "by_creation", limit=10)) == 1

    store.run(look_inside())


def test_a_refusal_is_answered_after_the_commit_on_which_it_rests(store: Store) -> None:
    def refuse_what_exists(db: Transaction) -> None:
        if db.first(Item, "by_owner", "ann"):
            raise Refused

    async def call() -> list[str]:
        first = asyncio.ensure_future(store.engine.write(add("ann")))
        second = asyncio.ensure_future(store.engine.write(refuse_what_exists))
        with pytest.raises(Refused):
            await second
        found = await store.engine.read(lambda db: db.scan(Item, "by_owner", "ann"))
        await first
        return [item.owner for item in found]

    assert store.run(call()) == ["ann"]


def test_a_result_that_happens_to_be_an_error_is_a_result(store: Store) -> None:
    assert isinstance(store.write(lambda db: ValueError("just a value")), ValueError)


@reuses_the_store
@given(document=items, first=changes, second=changes)
def test_a_patch_merges_onto_the_current_version(
    store: Store, document: Item, first: dict[str, Any], second: dict[str, Any]
) -> None:
    stale = store.write(lambda db: db.insert(document))
    store.write(lambda db: db.patch(stale, **first))
    last = store.write(lambda db: db.patch(stale, **second))
    expected = {"id": stale.id, "creation_time": stale.creation_time}
    for field in ("owner", "rank", "flag", "label", "size", "note", "tags"):
        expected[field] = {**first, **second}.get(field, getattr(stale, field))
    assert last == Item(**expected)  # type: ignore[arg-type]
    assert store.read(lambda db: db.get(Item, stale.id)) == last


def test_a_patch_that_changes_nothing_writes_nothing(store: Store) -> None:
    item = store.write(lambda db: db.insert(Item(owner="ann", tags=["x"])))
    assert store.write(lambda db: db.patch(item, owner="ann", tags=["x"])) == item
    assert store.last_seq() == 1


def test_a_list_that_was_changed_in_place_is_stored_by_its_patch(store: Store) -> None:
    id = store.write(lambda db: db.insert(Item(tags=["x"]))).id

    def work(db: Transaction) -> None:
        item = db.get(Item, id)
        assert item
        item.tags.append("y")
        db.patch(item, tags=item.tags)

    store.write(work)
    assert store.everything(Item)[0].tags == ["x", "y"]


def test_a_document_that_has_gone_cannot_be_patched(store: Store) -> None:
    item = store.write(lambda db: db.insert(Item()))
    store.write(lambda db: db.delete(item))
    with pytest.raises(KeyError):
        store.write(lambda db: db.patch(item, owner="x"))


def test_deleting_twice_is_deleting_once(store: Store) -> None:
    item = store.write(lambda db: db.insert(Item()))
    for _ in range(2):
        store.write(lambda db: db.delete(item))
    assert store.everything(Item) == []
    assert store.last_seq() == 2


@pytest.mark.parametrize("change", [{"id": "x"}, {"creation_time": 1.0}, {"colour": "red"}])
def test_only_the_document_s_own_fields_can_be_patched(store: Store, change: dict[str, Any]) -> None:
    item = store.write(lambda db: db.insert(Item()))
    with pytest.raises(TypeError):
        store.write(lambda db: db.patch(item, **change))
    assert store.everything(Item) == [item]


def test_an_id_of_another_table_finds_nothing(store: Store) -> None:
    item = store.write(lambda db: db.insert(Item()))

    def look(db: Snapshot) -> object:
        return db.get(Box, BoxId(item.id))

    assert store.read(look) is None

    def work(db: Transaction) -> object:
        db.get(Item, item.id)
        return look(db)

    assert store.write(work) is None


def test_ids_are_of_their_table_and_creation_times_rise_within_a_mutation(store: Store) -> None:
    store.tick_ns = 0
    made = store.write(lambda db: [db.insert(Item()) for _ in range(200)])
    times = [item.creation_time for item in made]
    assert times == sorted(set(times))
    assert times[0] == store.now_ns / 1e6
    assert times[-1] - times[0] < 1
    assert len({item.id for item in made}) == 200
    assert {decoded and decoded[0] for decoded in (decode_id(item.id) for item in made)} == {90001}
    assert store.everything(Item) == made


def test_creation_times_rise_in_every_century(store: Store) -> None:
    store.tick_ns = 0
    store.now_ns = 5_000_000_000_000_000_000
    times = [item.creation_time for item in store.write(lambda db: [db.insert(Item()) for _ in range(50)])]
    assert times == sorted(set(times))


def test_an_id_may_carry_the_payload_of_its_table(store: Store) -> None:
    payload = bytes(range(16))
    item = store.write(lambda db: db.insert(Item(), payload=payload))
    assert decode_id(item.id) == (90001, payload)
    with pytest.raises(ValueError, match="16 payload bytes"):
        store.write(lambda db: db.insert(Item(), payload=b"short"))


@pytest.mark.parametrize("text", ["\0", "a\0b", "\\\0", "\\\\\0"])
def test_text_that_no_database_keeps_is_refused(store: Store, text: str) -> None:
    item = store.write(lambda db: db.insert(Item()))
    for work in (
        lambda db: db.insert(Item(note=text)),
        lambda db: db.patch(item, label=text),
        lambda db: db.insert(Item(tags=["ok", text])),
    ):
        with pytest.raises(Invalid, match="U\\+0000"):
            store.write(work)
    assert store.everything(Item) == [item]


@pytest.mark.parametrize(
    "text", ["\\u0000", "\\\\u0000", '"\\u0000"', "\x01\x1f\x7f", "\u2028", "\ufffe", "\U0010ffff"]
)
def test_any_other_text_is_kept_as_it_is(store: Store, text: str) -> None:
    store.write(lambda db: db.insert(Item(owner=text, note=text)))
    assert [item.note for item in store.read(lambda db: db.scan(Item, "by_owner", text))] == [text]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "text"])
def test_a_value_that_could_not_be_read_back_fails_its_writer(store: Store, value: Any) -> None:
    item = store.write(lambda db: db.insert(Item(rank=1.0)))
    for work in (lambda db: db.insert(Item(size=value)), lambda db: db.patch(item, size=value)):
        with pytest.raises(Exception, match="Expected `int`"):
            store.write(work)
    assert store.everything(Item) == [item]


def test_a_caller_that_goes_away_harms_nobody(store: Store) -> None:
    async def call() -> list[Any]:
        tasks = [asyncio.ensure_future(store.engine.write(add(name))) for name in ("ann", "bob", "cid")]
        await asyncio.sleep(0)
        tasks[1].cancel()
        await asyncio.sleep(0)
        tasks[2].cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    answers = store.run(call())
    assert isinstance(answers[1], asyncio.CancelledError)
    assert "ann" in owners(store)
    assert store.write(add("eve"))
    assert "eve" in owners(store)


def test_more_mutations_than_may_wait_are_refused_at_once(make_store: Callable[..., Store]) -> None:
    store = make_store(limits={"queued_mutations": 3})
    answers = store.together(*map(add, "abcde"))
    assert [isinstance(answer, StoreBusy) for answer in answers] == [False, False, False, True, True]
    assert owners(store) == ["a", "b", "c"]
    assert store.write(add("f"))


@pytest.mark.parametrize("group", [{"group_size": 1}, {"group_size": 3}, {"group_seconds": 1e-9}])
def test_groups_of_any_size_give_the_same_result(make_store: Callable[..., Store], group: dict[str, Any]) -> None:
    store = make_store(settings=group)
    store.together(*map(add, "abcdefg"))
    assert owners(store) == list("abcdefg")
    assert [commit.seq for commit in store.commits()] == list(range(1, 8))


def test_closing_finishes_queued_work(store: Store) -> None:
    async def call() -> None:
        tasks = [asyncio.ensure_future(store.engine.write(add(name))) for name in "abc"]
        await asyncio.sleep(0)
        await store.engine.close()
        await asyncio.gather(*tasks)

    store.run(call())
    store.reopen()
    assert owners(store) == ["a", "b", "c"]


@reuses_the_store
@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=12))
def test_a_group_leaves_the_writes_of_its_successful_mutations(store: Store, group: list[tuple[str, bool]]) -> None:
    store.clear(Item)
    store.together(*((add if good else add_and_fail)(name) for name, good in group))
    assert owners(store) == [name for name, good in group if good]
