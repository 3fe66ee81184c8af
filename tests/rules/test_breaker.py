"""The circuit breaker: when a service is asked, left alone, and asked again."""

from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.breaker import (
    FAILURES,
    FIRST_PAUSE_MS,
    HEALTHY,
    MAX_PAUSE_MS,
    WINDOW_MS,
    Breaker,
    BreakerLimits,
    failed,
    retry_at,
    state,
    suspect,
)

START = 1_000_000.0
times = st.floats(0, 1e13)


def after(failures: int, every_ms: float = 1_000.0) -> Breaker:
    """Return the breaker after so many failures that follow each other."""
    held = HEALTHY
    for nth in range(failures):
        held = failed(held, START + nth * every_ms)
    return held


def test_three_failures_in_a_row_open_it() -> None:
    assert [state(after(n), START + n * 1_000) for n in range(4)] == ["closed", "closed", "closed", "open"]


def test_failures_far_apart_are_no_row() -> None:
    assert state(after(10, WINDOW_MS + 1), START + 10 * WINDOW_MS + 1_000) == "closed"


def test_slow_calls_may_have_a_longer_window() -> None:
    held = failed(failed(HEALTHY, START), START + 5 * WINDOW_MS, limits=BreakerLimits(window_ms=10 * WINDOW_MS))
    assert held.failures == 2
    assert failed(failed(HEALTHY, START), START + 5 * WINDOW_MS).failures == 1


def test_a_refused_key_opens_it_at_once() -> None:
    assert state(failed(HEALTHY, START, fatal=True), START) == "open"


def test_after_its_pause_it_lets_one_call_through_and_a_failure_doubles_the_pause() -> None:
    held = after(FAILURES)
    pauses = []
    for _ in range(7):
        assert held.opened_at is not None
        pauses.append(retry_at(held) - held.opened_at)
        assert state(held, retry_at(held) - 1) == "open"
        assert state(held, retry_at(held)) == "half_open"
        held = failed(held, retry_at(held))
    assert pauses == [FIRST_PAUSE_MS * factor for factor in (1, 2, 4, 8, 16)] + [MAX_PAUSE_MS] * 2


def test_a_failure_while_it_is_open_changes_nothing() -> None:
    held = after(FAILURES)
    assert failed(held, START + FAILURES * 1_000) == held


def test_whose_last_call_failed_is_suspect_until_it_answers_or_that_is_long_ago() -> None:
    held = after(1)
    assert suspect(held, START + WINDOW_MS)
    assert not suspect(held, START + WINDOW_MS + 1)
    assert not suspect(HEALTHY, START)
    assert not suspect(after(FAILURES), START + FAILURES * 1_000), "open is more than suspect"


@given(st.lists(st.tuples(times, st.booleans()), max_size=30), times)
def test_it_is_never_open_for_longer_than_the_longest_pause(history: list[tuple[float, bool]], at: float) -> None:
    held = HEALTHY
    for when, fatal in sorted(history):
        held = failed(held, when, fatal)
    if held.opened_at is not None:
        assert state(held, held.opened_at + MAX_PAUSE_MS) == "half_open"
    assert state(held, at) in ("closed", "open", "half_open")
