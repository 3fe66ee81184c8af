"""Each row of the table of failures: how often a call is made again, when, and how."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.insights.attempts import (
    JITTER,
    MAX_RETRY_AFTER_SECONDS,
    MS,
    TEMPORARY,
    CallFailure,
    after_failure,
)

FAILURES: list[CallFailure] = [
    "rate_limited", "unreachable", "slow", "refused", "declined", "cut", "unusable", "context_cut",
]  # fmt: skip


@pytest.mark.parametrize("reason", sorted(TEMPORARY))
def test_a_server_that_is_busy_or_away_is_tried_three_times(reason: CallFailure) -> None:
    found = [after_failure(reason, attempt, tries=3) for attempt in (1, 2, 3)]
    assert [one.reaction for one in found] == ["again", "again", "give_up"]
    assert [one.pause_ms for one in found[:2]] == [5_000.0, 20_000.0]


def test_more_tries_wait_a_minute_each() -> None:
    assert [after_failure("slow", attempt, tries=6).pause_ms for attempt in (3, 4, 5)] == [60_000.0] * 3


@pytest.mark.parametrize("reason", ["refused", "declined", "context_cut"])
def test_a_refusal_is_final(reason: CallFailure) -> None:
    assert after_failure(reason, 1, tries=3).reaction == "give_up"


def test_a_cut_answer_is_asked_for_in_halves_once() -> None:
    assert [after_failure("cut", attempt, tries=3).reaction for attempt in (1, 2)] == ["halve", "give_up"]


def test_an_unusable_answer_is_asked_for_once_more() -> None:
    assert [after_failure("unusable", attempt, tries=3).reaction for attempt in (1, 2)] == ["again", "give_up"]


def test_a_pause_that_the_server_asks_for_is_kept_and_a_long_one_ends_the_tries() -> None:
    found = after_failure("rate_limited", 1, tries=3, retry_after=30.0, random=0.0)
    assert (found.reaction, found.pause_ms) == ("again", 30_000.0)
    assert after_failure("rate_limited", 1, 3, retry_after=MAX_RETRY_AFTER_SECONDS + 1).reaction == "give_up"


@given(
    reason=st.sampled_from(FAILURES),
    tries=st.integers(1, 10),
    retry_after=st.none() | st.floats(0, 1e6),
    random=st.floats(0, 1, exclude_max=True),
)
def test_tries_end_and_no_pause_is_shorter_than_asked_for(
    reason: CallFailure, tries: int, retry_after: float | None, random: float
) -> None:
    for attempt in range(1, max(tries, 2) + 1):
        found = after_failure(reason, attempt, tries, retry_after, random)
        if found.reaction == "give_up":
            break
        if reason in TEMPORARY:
            assert found.pause_ms >= (retry_after * MS if retry_after is not None else 5_000.0 * (1 - JITTER))
    else:
        pytest.fail("it never gives up")
