"""Budgets give each key a burst and a rate, limit what is open for each key and in total, and bound their memory."""

from hypothesis import given
from hypothesis import strategies as st

from connvo.transport.budgets import Occupancy, RateBudget


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_free_and_then_the_rate_holds() -> None:
    clock = Clock()
    budget = RateBudget(burst=3, rate=2, monotonic=clock)
    assert [budget.take("a") for _ in range(4)] == [0, 0, 0, 0.5]
    assert budget.take("b") == 0
    clock.now += 0.5
    assert budget.take("a") == 0
    assert budget.take("a") == 0.5


def test_no_number_of_keys_takes_more_memory_than_agreed() -> None:
    budget = RateBudget(burst=1, rate=1, max_keys=10)
    for number in range(1000):
        budget.take(str(number))
    assert len(budget._buckets) == 10


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abc")), max_size=60))
def test_seats_are_never_more_than_agreed_and_all_come_back(steps: list[tuple[bool, str]]) -> None:
    seats = Occupancy(limit=5, limit_per_key=3)
    inside: list[str] = []
    for enters, key in steps:
        if enters:
            taken = seats.enter(key)
            assert taken == (len(inside) < 5 and inside.count(key) < 3)
            if taken:
                inside.append(key)
        elif key in inside:
            inside.remove(key)
            seats.leave(key)
        assert len(seats) == len(inside)
    for key in inside:
        seats.leave(key)
    assert len(seats) == 0 and not seats._by_key
