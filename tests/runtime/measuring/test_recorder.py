"""Calls are counted in the minute in which they end, with a few samples, whatever the number of calls and callers."""

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from connvo.runtime.measuring.recorder import FAILURES, MAX_CALLERS, OTHERS, SLOWEST, CallRecorder, Samples

KINDS = {"a:query": "query", "a:mutation": "mutation"}


class Clock:
    """A clock that a test moves, in ms."""

    def __init__(self) -> None:
        self.now = 1_000_000_000.0

    def __call__(self) -> float:
        return self.now


def recorder(clock: Clock) -> CallRecorder:
    return CallRecorder({"a:query": "query", "a:mutation": "mutation"}, clock)


def count(counted: CallRecorder, path: str, ms: float = 1.0, code: str | None = None, caller: str = "ann") -> None:
    counted.began(path, caller, 10)
    counted.ended(path, ms / 1000, code, "id")


def test_a_window_holds_its_minute_and_the_next_one_begins_empty() -> None:
    clock = Clock()
    counted = recorder(clock)
    count(counted, "a:query")
    window, is_over = counted.take()
    assert (window.functions["a:query"].count, window.requests, window.request_bytes, is_over) == (1, 1, 10, False)
    clock.now += 60_000
    count(counted, "a:query", code="NOT_FOUND")
    window, is_over = counted.take()
    assert (window.functions["a:query"].count, window.functions["a:query"].errors, is_over) == (
        2,
        {"NOT_FOUND": 1},
        True,
    )
    window, is_over = counted.take()
    assert (window.functions, window.requests, is_over) == ({}, 0, False)
    assert window.start == clock.now // 60_000 * 60_000


def test_only_public_functions_are_counted() -> None:
    counted = recorder(Clock())
    count(counted, "no:such")
    counted.ran("no:such", 1, None)
    assert counted.take()[0].functions == {}


def test_calls_that_run_are_known_until_they_end() -> None:
    counted = recorder(Clock())
    counted.began("a:query", "ann", 1)
    counted.began("a:query", "ann", 1)
    assert counted.under_way("a:query") == 2
    counted.ended("a:query", 0.1, None, "id")
    counted.withdrew("a:query")
    assert (counted.under_way("a:query"), counted.take()[0].functions["a:query"].count) == (0, 1)


def test_each_caller_has_counts_of_their_own_up_to_a_number_of_callers() -> None:
    counted = recorder(Clock())
    for number in range(MAX_CALLERS + 5):
        counted.began("a:query", f"user{number}", 2)
    counted.began("a:query", "user7", 2)
    assert counted.of_caller("user7")[:2] == (2, 4)
    assert counted.of_caller(f"user{MAX_CALLERS + 1}")[:2] == (0, 0)
    assert counted.take()[0].requests == MAX_CALLERS + 6


def test_the_latency_of_updates_is_that_of_this_minute_and_the_one_before() -> None:
    clock = Clock()
    counted = recorder(clock)
    assert counted.update_latency_ms == 0.0
    counted.pushed(0.1)
    clock.now += 60_000
    counted.take()
    counted.pushed(0.3)
    assert abs(counted.update_latency_ms - 200) < 0.001


def test_refused_calls_are_counted_and_told() -> None:
    told: list[int] = []
    counted = recorder(Clock())
    counted.on_refused = lambda: told.append(1)
    counted.refused()
    assert (counted.take()[0].refused, told) == (1, [1])


@given(st.lists(st.tuples(st.floats(0, 1000), st.booleans()), max_size=200))
def test_samples_are_few_and_have_the_slowest_and_the_first_failures(calls: list[tuple[float, bool]]) -> None:
    samples = Samples(random.Random(1).random)
    for number, (ms, fails) in enumerate(calls):
        samples.offer("a:query", ms, "NOT_FOUND" if fails else None, str(number), lambda: 0.0)
    kept = samples.kept()
    assert len(kept) <= SLOWEST + FAILURES + OTHERS
    assert len({sample.request_id for sample in kept}) == len(kept)
    failures = [str(number) for number, (_, fails) in enumerate(calls) if fails]
    assert {sample.request_id for sample in kept} >= set(failures[:FAILURES])
    slowest = max((ms for ms, _ in calls), default=None)
    if slowest is not None and len(failures) <= FAILURES:
        assert max(sample.ms for sample in kept) == round(slowest, 3)
    assert Counter(sample.code for sample in kept)["NOT_FOUND"] >= min(len(failures), FAILURES)
