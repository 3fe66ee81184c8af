"""People have their items taken in turn, each in their order, and nobody is passed over."""

from collections import deque
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.kernel.fair_queue import FairQueue

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
def test_what_is_put_back_comes_before_the_others_of_its_person(owners: list[str], data: Any) -> None:
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


def test_one_who_has_much_waiting_delays_nobody() -> None:
    queue: FairQueue[str] = FairQueue()
    for _ in range(1000):
        queue.put("much", "much")
    queue.put("little", "little")
    assert [queue.take(), queue.take()] == ["much", "little"]
    queue.drain()
    with pytest.raises(IndexError):
        queue.take()


def test_in_a_round_of_some_time_what_one_has_said_in_one_go_stays_together() -> None:
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
