"""The steps of entries and matches."""

from itertools import product
from typing import get_args

import pytest

from connvo.rules.matching.states import EntryStatus, MatchState, after_lapse, is_good, may_set, public_state

STEPS = {("waiting", "cancelled"), ("waiting", "expired"), ("matched", "waiting"), ("matched", "cancelled")}


def test_an_operator_sets_the_drawn_steps_only() -> None:
    statuses = get_args(EntryStatus)
    assert {pair for pair in product(statuses, statuses) if may_set(*pair)} == STEPS


def test_every_end_of_a_match_is_told_alike() -> None:
    told = {state: public_state(state) for state in get_args(MatchState)}
    assert {state for state in told if told[state] != "ended"} == {"proposed", "confirmed"}


def test_the_third_lapse_ends_an_entry() -> None:
    assert [after_lapse(lapses) for lapses in (1, 2, 3, 4)] == ["waiting", "waiting", "expired", "expired"]


@pytest.mark.parametrize(
    ("first", "second", "ratings", "good"),
    [
        (True, True, [], True),
        (True, True, [4, 5], True),
        (True, True, [5, 3], False),
        (True, False, [5], False),
        (False, False, [], False),
    ],
)
def test_a_match_is_good_if_both_had_it_and_neither_rated_it_low(
    first: bool, second: bool, ratings: list[int], good: bool
) -> None:
    assert is_good(first, second, ratings) is good
