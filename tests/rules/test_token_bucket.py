"""A burst, then so many a second."""

from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.token_bucket import full_after_ms, take

BURST, RATE = 600.0, 60.0
waits = st.floats(0, 5_000)


def test_a_full_bucket_gives_its_burst_and_then_says_how_long_to_wait() -> None:
    tokens = BURST
    for _ in range(600):
        taken = take(tokens, 0, BURST, RATE)
        assert taken.wait == 0
        tokens = taken.tokens
    assert take(tokens, 0, BURST, RATE).wait == 1 / RATE


def test_it_refills_at_its_rate_and_no_higher_than_the_burst() -> None:
    assert take(0, 1000, BURST, RATE).tokens == RATE - 1
    assert take(0, 1e9, BURST, RATE).tokens == BURST - 1


def test_a_clock_that_goes_back_refills_nothing() -> None:
    assert take(10, -5000, BURST, RATE).tokens == 9


def test_a_refused_call_takes_nothing() -> None:
    assert take(0.5, 0, BURST, RATE).tokens == 0.5


@given(st.floats(0, BURST))
def test_waiting_as_long_as_told_is_enough(tokens: float) -> None:
    taken = take(tokens, 0, BURST, RATE)
    assert taken.wait == 0 or take(taken.tokens, taken.wait * 1000, BURST, RATE).wait == 0


@given(st.floats(0, BURST))
def test_once_full_it_is_as_if_it_had_never_been_used(tokens: float) -> None:
    later = full_after_ms(tokens, BURST, RATE)
    assert abs(take(tokens, later, BURST, RATE).tokens - (BURST - 1)) < 1e-6


@given(st.lists(waits, max_size=300))
def test_never_more_than_the_burst_and_the_rate_allow(pauses: list[float]) -> None:
    tokens, taken_count, elapsed = BURST, 0, 0.0
    for pause in pauses:
        elapsed += pause
        for _ in range(50):
            taken = take(tokens, pause, BURST, RATE)
            tokens, pause = taken.tokens, 0.0
            taken_count += taken.wait == 0
    assert taken_count <= BURST + RATE * elapsed / 1000 + 1
