"""Urgent mutations go before those of others, each person's stay in order, and none wait without end."""

from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.store.mutation_lanes import URGENT_AT_ONCE, MutationLanes

PEOPLE = "abcd"


class Queued(NamedTuple):
    person: str
    urgent: bool
    number: int = 0


@given(st.lists(st.tuples(st.sampled_from(PEOPLE), st.booleans()) | st.none(), max_size=60), st.data())
def test_the_mutations_of_a_person_stay_in_order(steps: list[tuple[str, bool] | None], data: Any) -> None:
    """Pairs put a mutation; None takes some and puts the last of them back."""
    lanes: MutationLanes[Queued] = MutationLanes()
    done: list[Queued] = []
    for number, step in enumerate(steps):
        if step is not None:
            lanes.put(Queued(*step, number))
        elif len(lanes):
            taken = [lanes.take() for _ in range(data.draw(st.integers(1, len(lanes))))]
            kept = data.draw(st.integers(0, len(taken)))
            lanes.requeue(taken[kept:])
            done += taken[:kept]
    done += lanes.drain()
    assert len(lanes) == 0
    assert sorted(one.number for one in done) == [number for number, step in enumerate(steps) if step is not None]
    for person in PEOPLE:
        mine = [one.number for one in done if one.person == person]
        assert mine == sorted(mine)


def test_an_urgent_mutation_goes_before_all_that_others_have_waiting() -> None:
    lanes: MutationLanes[Queued] = MutationLanes()
    for number in range(1000):
        lanes.put(Queued(f"person {number % 40}", False))
    lanes.put(Queued("caller", True))
    assert lanes.take().person == "caller"


def test_those_that_are_not_urgent_have_their_turns_beside_urgent_ones_without_end() -> None:
    lanes: MutationLanes[Queued] = MutationLanes()
    lanes.put(Queued("late", False))
    taken: list[Queued] = []
    while not taken or taken[-1].person != "late":
        lanes.put(Queued("caller", True))
        taken.append(lanes.take())
    assert len(taken) == URGENT_AT_ONCE + 1


def test_a_person_gains_nothing_by_urgent_mutations_among_others() -> None:
    lanes: MutationLanes[Queued] = MutationLanes()
    for urgent in (True, False, False, True):
        lanes.put(Queued("mixed", urgent))
    lanes.put(Queued("other", False))
    assert [lanes.waiting("mixed"), lanes.waiting("other")] == [4, 1]
    assert [one.person for one in lanes.drain()] == ["mixed", "other", "mixed", "mixed", "mixed"]
    with pytest.raises(IndexError):
        lanes.take()
