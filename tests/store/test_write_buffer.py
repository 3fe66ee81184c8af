"""What the database is told late is told rightly: the newest state of every document, of those mutations that held."""

from collections.abc import Callable
from typing import Literal, TypeAlias

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.kernel.ids import encode_id
from connvo.store.schema import table_of
from connvo.store.transaction import Transaction
from tests.support.store import TAKEN, Store
from tests.support.tables import Box, Item, ItemId

from .model import reuses_the_store

Fate: TypeAlias = Literal["held", "refused"]


class Step(msgspec.Struct, frozen=True):
    """One thing done to one of a few documents, without looking at any other."""

    what: Literal["insert", "note", "rank", "delete", "look"]
    which: int
    value: float

    def run(self, db: Transaction, model: dict[int, tuple[str, float | None]]) -> None:
        """Do it, and the same to the model."""
        id = id_of(self.which)
        item = db.get(Item, id)
        assert (item is None) == (self.which not in model)
        if item is None:
            if self.what == "insert":
                db.insert(Item(owner="ann", note=str(self.value)), payload=payload(self.which))
                model[self.which] = (str(self.value), None)
            return
        note, rank = model[self.which]
        assert (item.note, item.rank) == (note, rank)
        if self.what == "note":
            db.patch(item, note=str(self.value))
            model[self.which] = (str(self.value), rank)
        elif self.what == "rank":
            db.patch(item, rank=self.value)
            model[self.which] = (note, self.value)
        elif self.what == "delete":
            db.delete(item)
            del model[self.which]
        elif self.what == "look":
            found = [found.id for found in db.scan(Item, "by_owner", "ann", rank)]
            assert id in found


steps = st.builds(
    Step,
    st.sampled_from(["insert", "note", "rank", "delete", "look"]),
    st.integers(0, 2),
    st.floats(0, 9, allow_nan=False),
)


class Refused(Exception):
    """What a function raises."""


def payload(which: int) -> bytes:
    return which.to_bytes(16, "big")


def id_of(which: int) -> ItemId:
    return ItemId(encode_id(table_of(Item).number, payload(which)))


@reuses_the_store
@given(st.lists(st.lists(st.tuples(st.lists(steps, max_size=6), st.sampled_from(["held", "refused"])), max_size=4)))
def test_a_group_of_mutations_has_the_effect_of_one_after_the_other(
    store: Store, groups: list[list[tuple[list[Step], Fate]]]
) -> None:
    store.clear(Item)
    model: dict[int, tuple[str, float | None]] = {}

    def mutation(todo: list[Step], fate: Fate) -> Callable[[Transaction], None]:
        def work(db: Transaction) -> None:
            mine = dict(model)
            for step in todo:
                step.run(db, mine)
            if fate == "refused":
                raise Refused
            model.clear()
            model.update(mine)

        return work

    for group in groups:
        answers = store.together(*(mutation(todo, fate) for todo, fate in group))
        assert answers == [None if fate == "held" else answer for answer, (_, fate) in zip(answers, group, strict=True)]
        held = {item.id: (item.note, item.rank) for item in store.everything(Item)}
        assert held == {id_of(which): state for which, state in model.items()}
        assert store.write(lambda db: db.count(Item, "by_owner", "ann", limit=9)) == len(model)


def test_a_document_that_never_lasts_leaves_no_trace_in_the_data_and_its_keys_in_the_log(store: Store) -> None:
    def work(db: Transaction) -> None:
        db.delete(db.insert(Item(owner="ann")))

    store.write(work)
    assert store.everything(Item) == []
    assert any(key[0] == "ann" for key in store.commits()[0].written.keys["testItems/by_owner"])


def test_an_id_that_is_taken_fails_its_own_mutation_alone(store: Store) -> None:
    """Only the database knows of the first: it finds out at the end, when others have been told in good faith."""
    store.write(lambda db: db.insert(Item(owner="first"), payload=payload(7)))
    store.reopen()

    def again(db: Transaction) -> None:
        db.insert(Item(owner="second"), payload=payload(7))

    answers = store.together(
        lambda db: db.insert(Item(owner="ann")), again, lambda db: db.count(Item, "by_creation", limit=9)
    )
    assert isinstance(answers[1], TAKEN)
    assert answers[2] == 2
    assert [item.owner for item in store.everything(Item)] == ["first", "ann"]
    assert [commit.seq for commit in store.commits()] == [1, 2]


def test_a_wrong_write_of_another_mutation_is_not_blamed_on_the_reader(store: Store) -> None:
    store.write(lambda db: db.insert(Item(owner="first"), payload=payload(7)))
    store.reopen()

    def swallow(db: Transaction) -> str:
        try:
            db.insert(Item(owner="second"), payload=payload(7))
            db.scan(Item, "by_creation")
        except TAKEN:
            return "unharmed"
        return "unharmed"

    answers = store.together(lambda db: db.insert(Box()).count, swallow)
    assert answers[0] == 0
    assert isinstance(answers[1], TAKEN)
    assert [item.owner for item in store.everything(Item)] == ["first"]
    assert len(store.everything(Box)) == 1


@pytest.mark.parametrize("taken", [Refused, None])
def test_savepoints_that_a_look_needs_are_gone_afterwards(store: Store, taken: type[Exception] | None) -> None:
    def look(db: Transaction) -> int:
        db.insert(Item(owner="ann"))
        found = db.count(Item, "by_owner", "ann", limit=9)
        if taken is not None:
            raise taken
        return found

    answers = store.together(look, look, lambda db: db.count(Item, "by_owner", "ann", limit=9))
    assert answers[2] == (2 if taken is None else 0)
