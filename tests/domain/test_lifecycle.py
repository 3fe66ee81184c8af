"""The states of a meeting, and when one ends by itself."""

from itertools import product
from typing import get_args

import pytest

from connvo.domain.lifecycle import MeetingState, Step, is_open, next_state, overdue, refusal

STATES: tuple[MeetingState, ...] = get_args(MeetingState)
STEPS: tuple[Step, ...] = get_args(Step)
LEGAL = {
    ("scheduled", "start"): "active",
    ("scheduled", "cancel"): "cancelled",
    ("active", "end"): "concluded",
}
GRACE, LONGEST = 300.0, 14_400.0


@pytest.mark.parametrize(("state", "step"), list(product(STATES, STEPS)))
def test_three_steps_are_legal_and_every_other_is_refused_with_a_reason(state: MeetingState, step: Step) -> None:
    assert next_state(state, step) == LEGAL.get((state, step))
    if (state, step) not in LEGAL:
        assert state in refusal(state, step) or "not started" in refusal(state, step)


@pytest.mark.parametrize("state", ["concluded", "cancelled"])
def test_what_is_over_stays_over(state: MeetingState) -> None:
    assert not is_open(state)
    assert all(next_state(state, step) is None for step in STEPS)


@pytest.mark.parametrize("state", ["scheduled", "active"])
def test_people_can_be_changed_until_the_meeting_is_over(state: MeetingState) -> None:
    assert is_open(state)


@pytest.mark.parametrize(
    ("now", "empty_since", "why"),
    [
        (1_000.0, None, None),
        (1_000.0, 701.0, None),
        (1_000.0, 700.0, "empty"),
        (14_399.0, None, None),
        (14_400.0, None, "too_long"),
        (14_400.0, 0.0, "too_long"),
    ],
)
def test_a_meeting_ends_by_itself_when_it_stays_empty_or_lasts_too_long(
    now: float, empty_since: float | None, why: str | None
) -> None:
    assert overdue(now, 0.0, empty_since, GRACE, LONGEST) == why
