"""People have their items taken in turn, each in their order, and nobody is passed over."""

from collections import deque
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.kernel.fair_queue import FairQueue, NestedFairQueue

PEOPLE = st.sampled_from("abcd")


@given(st.lists(PEOPLE | st.none(), max_size=60))
def test_each_ones_items_stay_in_order_and_wait_for_one_of_each_other(steps: list[str | None]) -> None:
    """Letters put an item, None takes one."""
    queue: FairQueue[tuple[str, int]] = FairQueue()
    waiting: dict[str, deque[int]] = {}
    passed: dict[str, int] = {}
    for number, step in enumerate(steps):
        if step is not None:
            queue.put(step, (step, number))
            waiting.setdefault(step, deque()).append(number)
            passed.setdefault(step, 0)
        elif waiting:
            person, taken = queue.take()
            assert taken == waiting[person].popleft()
            passed[person] = 0
            if not waiting[person]:
                del waiting[person], passed[person]
            for other in waiting.keys() - {person}:
                passed[other] += 1
                assert passed[other] < 4, "everybody else was served before"
        assert len(queue) == sum(map(len, waiting.values()))
        assert all(queue.waiting(person) == len(waiting.get(person, ())) for person in "abcd")


@given(st.lists(PEOPLE, min_size=1, max_size=30), st.data())
def test_an_item_put_back_comes_before_the_others_of_its_user(owners: list[str], data: Any) -> None:
    queue: FairQueue[tuple[str, int]] = FairQueue()
    for number, person in enumerate(owners):
        queue.put(person, (person, number))
    taken = [queue.take() for _ in range(data.draw(st.integers(1, len(owners))))]
    kept = data.draw(st.integers(0, len(taken)))
    queue.requeue([(person, (person, number)) for person, number in taken[kept:]])
    rest = taken[:kept] + queue.drain()
    assert len(queue) == 0
    for person in set(owners):
        mine = [number for owner, number in rest if owner == person]
        assert mine == sorted(mine)
    assert sorted(number for _, number in rest) == list(range(len(owners)))


def test_a_user_with_much_waiting_delays_nobody() -> None:
    queue: FairQueue[str] = FairQueue()
    for _ in range(1000):
        queue.put("much", "much")
    queue.put("little", "little")
    assert [queue.take(), queue.take()] == ["much", "little"]
    queue.drain()
    with pytest.raises(IndexError):
        queue.take()


def test_in_a_timed_round_the_items_of_one_user_put_at_once_stay_together() -> None:
    now = 0.0
    queue: FairQueue[str] = FairQueue(round_seconds=8.0, clock=lambda: now)
    for _ in range(3):
        queue.put("a", "a")
    queue.put("b", "b")
    assert [queue.take() for _ in range(4)] == ["a", "a", "a", "b"]


@given(st.integers(1, 6), st.floats(0.1, 20.0))
def test_nobody_waits_longer_than_a_round_and_one_item_of_each(others: int, seconds: float) -> None:
    now = 0.0
    queue: FairQueue[str] = FairQueue(round_seconds=8.0, clock=lambda: now)
    for number in range(others):
        for _ in range(100):
            queue.put(number, "other")
    queue.put("late", "late")
    while queue.take() != "late":
        now += seconds
    assert now <= 8.0 + others * seconds


@given(st.lists(st.tuples(PEOPLE, PEOPLE) | st.none(), max_size=80))
def test_parties_have_their_turns_beside_any_others(steps: list[tuple[str, str] | None]) -> None:
    """Pairs put an item of a party and a person, None takes one."""
    queue: NestedFairQueue[tuple[str, str, int]] = NestedFairQueue()
    waiting: dict[str, dict[str, deque[int]]] = {}
    passed: dict[str, int] = {}
    for number, step in enumerate(steps):
        if step is not None:
            party, person = step
            queue.put(party, person, (party, person, number))
            waiting.setdefault(party, {}).setdefault(person, deque()).append(number)
            passed.setdefault(party, 0)
        elif waiting:
            party, person, taken = queue.take()
            assert taken == waiting[party][person].popleft()
            passed[party] = 0
            if not waiting[party][person]:
                del waiting[party][person]
            if not waiting[party]:
                del waiting[party], passed[party]
            for other in waiting.keys() - {party}:
                passed[other] += 1
                assert passed[other] < 2 * 4, "each other party has had two turns at most"
        assert len(queue) == sum(len(items) for persons in waiting.values() for items in persons.values())


def test_a_crowd_of_one_party_and_newcomers_without_end_delay_nobody_else() -> None:
    queue: NestedFairQueue[str] = NestedFairQueue()
    for number in range(100):
        queue.put("crowd", number, "crowd")
    queue.put("rival", "rival", "rival")
    assert [queue.take() for _ in range(2)] == ["crowd", "rival"]
    queue.put("pair", "pair", "pair")
    taken = []
    for number in range(5):
        queue.put(f"newcomer {number}", "", "newcomer")
        taken.append(queue.take())
    assert "pair" in taken and "crowd" in taken


def test_a_party_that_has_had_no_turn_for_longest_goes_first() -> None:
    queue: NestedFairQueue[str] = NestedFairQueue()
    for number in range(10):
        queue.put("crowd", number, "crowd")
        queue.put("many", number, "many")
    assert [queue.take() for _ in range(4)] == ["crowd", "many", "crowd", "many"]
    queue.put("pair", "pair", "pair")
    assert queue.take() == "pair"


def test_items_put_back_are_taken_first_and_in_their_order() -> None:
    queue: NestedFairQueue[int] = NestedFairQueue()
    owners = [("a", "x"), ("b", "y"), ("a", "z"), ("c", "x"), ("b", "y")]
    for number, (party, person) in enumerate(owners):
        queue.put(party, person, number)
    taken = [queue.take() for _ in range(4)]
    queue.put("d", "d", 9)
    queue.requeue([(*owners[number], number) for number in taken[1:]])
    again = [queue.take() for _ in range(len(queue))]
    assert again[0] == taken[1] and sorted(again) == sorted([*taken[1:], 4, 9])
    with pytest.raises(IndexError):
        queue.take()
