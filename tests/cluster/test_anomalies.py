"""The check of histories finds what it is for, calls it by its name, and finds nothing where there is nothing."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.anomalies import anomalies
from tests.support.history import Append, Fault, History, Read, Step

KEYS = "xyz"
# However busy the machine is.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def faults(history: History) -> set[Fault]:
    return {found.fault for found in anomalies(history)}


def put(value: str, key: str = "x") -> Append:
    return Append(key, value)


def saw(*values: str, key: str = "x") -> Read:
    return Read(key, values)


def lost_update(history: History) -> None:
    """Two read the same list and both append to it."""
    history.add(saw(), put("1"))
    history.add(saw(), put("2"))
    history.add(saw("1", "2"))


def write_skew(history: History) -> None:
    """Each reads what the other is about to change."""
    history.add(saw(key="x"), put("1", key="y"))
    history.add(saw(key="y"), put("2", key="x"))
    history.add(saw("2", key="x"))
    history.add(saw("1", key="y"))


def read_skew(history: History) -> None:
    """One snapshot shows half of a transaction."""
    history.add(put("1", key="x"), put("1", key="y"))
    history.add(saw("1", key="x"), saw(key="y"))
    history.add(saw("1", key="y"))


def long_fork(history: History) -> None:
    """Two snapshots see two independent writes in different orders."""
    history.add(put("1", key="x"))
    history.add(put("1", key="y"))
    history.add(saw("1", key="x"), saw(key="y"))
    history.add(saw(key="x"), saw("1", key="y"))


def stale_read(history: History) -> None:
    """Somebody asks after a write was acknowledged, and does not see it."""
    history.add(put("1"), begun=0.0, ended=1.0)
    history.add(saw(), begun=2.0, ended=3.0)
    history.add(saw("1"), begun=4.0, ended=5.0)


def backwards(history: History) -> None:
    """A client sees a write, and then does not."""
    history.add(put("1"))
    history.add(saw("1"), client="ann")
    history.add(saw(), client="ann")


def time_travel(history: History) -> None:
    """A snapshot with a timestamp after a write does not show it."""
    history.add(put("1"), ts=10)
    history.add(saw(), ts=11)
    history.add(saw("1"), ts=12)


def early(history: History) -> None:
    """A snapshot shows what was written after its timestamp."""
    history.add(put("1"), ts=10)
    history.add(saw("1"), ts=9)


def lost(history: History) -> None:
    """What was acknowledged is not there afterwards."""
    history.add(put("1"), begun=0.0, ended=1.0)
    history.add(put("2"), begun=2.0, ended=3.0)
    history.add(saw("2"), begun=4.0, ended=5.0)


def doubled(history: History) -> None:
    """What was done once is there twice."""
    history.add(put("1"))
    history.add(saw("1", "1"))


def foreign(history: History) -> None:
    """A refused mutation left something."""
    history.add(saw("ghost"))


def forked(history: History) -> None:
    """Two see the same writes in different orders."""
    history.add(put("1"))
    history.add(put("2"))
    history.add(saw("1", "2"))
    history.add(saw("2", "1"))


def incoherent(history: History) -> None:
    """A transaction reads twice and sees different things."""
    history.add(put("1"))
    history.add(saw(), saw("1"))


def dirty_write(history: History) -> None:
    """Two transactions write two lists in different orders."""
    history.add(put("1", key="x"), put("1", key="y"))
    history.add(put("2", key="x"), put("2", key="y"))
    history.add(saw("1", "2", key="x"))
    history.add(saw("2", "1", key="y"))


def circular(history: History) -> None:
    """Each of two sees what the other wrote."""
    history.add(put("1", key="x"), saw("2", key="y"))
    history.add(put("2", key="y"), saw("1", key="x"))


PLANTED: dict[Callable[[History], None], Fault] = {
    lost_update: "lost update",
    write_skew: "write skew",
    read_skew: "lost update",
    long_fork: "write skew",
    stale_read: "stale",
    backwards: "stale",
    time_travel: "time travel",
    early: "time travel",
    lost: "lost",
    doubled: "doubled",
    foreign: "foreign",
    forked: "forked",
    incoherent: "incoherent",
    dirty_write: "dirty write",
    circular: "circular",
}


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_history_without_a_serial_order_is_found(plant: Callable[[History], None]) -> None:
    history = History()
    plant(history)
    assert faults(history) == {PLANTED[plant]}


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
@patient
@given(seed=st.integers(0, 2**32))
def test_it_is_found_in_the_middle_of_much_that_is_right(plant: Callable[[History], None], seed: int) -> None:
    history = one_by_one(random.Random(seed), 30, keys="abc", stamped=False)
    plant(history)
    assert PLANTED[plant] in faults(history)


def one_by_one(chance: random.Random, length: int, keys: str = KEYS, stamped: bool = True) -> History:
    """Return what several clients see of a database that does one thing after the other."""
    history = History()
    lists: dict[str, list[str]] = {key: [] for key in keys}
    now, ts = 0.0, 0
    for number in range(length):
        steps: list[Step] = []
        for part in range(chance.randint(1, 3)):
            key = chance.choice(keys)
            if chance.random() < 0.5:
                lists[key].append(f"{number}-{part}")
                steps.append(Append(key, lists[key][-1]))
            else:
                steps.append(Read(key, tuple(lists[key])))
        writes = any(isinstance(step, Append) for step in steps)
        ts += writes
        begun, now = now - chance.random() * 3, now + 1
        history.add(
            *steps,
            client=chance.choice(["ann", "bob", None]),
            ts=ts if stamped else None,
            begun=None if chance.random() < 0.2 else begun,
            ended=now + chance.random() * 3,
        )
    return history


@patient
@given(seed=st.integers(0, 2**32), length=st.integers(0, 60))
def test_nothing_is_found_where_nothing_is(seed: int, length: int) -> None:
    assert anomalies(one_by_one(random.Random(seed), length)) == []


@patient
@given(seed=st.integers(0, 2**32), place=st.integers(0, 10_000))
def test_with_timestamps_every_read_that_shows_less_than_it_should_is_found(seed: int, place: int) -> None:
    history = one_by_one(random.Random(seed), 25)
    history.add(*final(history), ts=1000)
    able = [n for n, one in enumerate(history.transactions[:-1]) if only_reads_something(one.steps)]
    if not able:
        return
    number = able[place % len(able)]
    one = history.transactions[number]
    less = tuple(step._replace(values=step.values[:-1]) if isinstance(step, Read) else step for step in one.steps)
    history.transactions[number] = replace(one, steps=less)
    assert faults(history)


def final(history: History) -> list[Read]:
    lists: dict[str, list[str]] = {}
    for one in history.transactions:
        for step in one.steps:
            if isinstance(step, Append):
                lists.setdefault(step.key, []).append(step.value)
    return [Read(key, tuple(values)) for key, values in lists.items()]


def only_reads_something(steps: tuple[Step, ...]) -> bool:
    return all(isinstance(step, Read) and step.values for step in steps)


def test_a_long_history_can_be_checked() -> None:
    assert anomalies(one_by_one(random.Random(1), 5000, keys="abcdefghijklmnopqrstuvwxyz")) == []


def test_a_history_that_appends_a_value_twice_says_nothing_and_is_refused() -> None:
    history = History()
    history.add(put("1"))
    history.add(put("1"))
    with pytest.raises(ValueError, match="once"):
        anomalies(history)


def test_a_client_may_be_shown_the_effect_of_its_call_before_the_answer() -> None:
    history = History()
    history.add(saw("1"), client="ann", ended=2.0)
    history.add(put("1"), client="ann", begun=1.0, ended=3.0)
    assert anomalies(history) == []
    history.add(saw(), client="ann", ended=4.0)
    assert faults(history) == {"stale"}
