"""The states of a meeting, and when one ends automatically."""

from itertools import product
from typing import get_args

import pytest

from connvo.rules.meeting_states import (
    MeetingState,
    Step,
    can_reopen,
    extended_by,
    is_open,
    next_state,
    overdue,
    refusal,
)

STATES: tuple[MeetingState, ...] = get_args(MeetingState)
STEPS: tuple[Step, ...] = get_args(Step)
LEGAL = {
    ("scheduled", "start"): "active",
    ("scheduled", "cancel"): "cancelled",
    ("active", "end"): "concluded",
    ("concluded", "reopen"): "active",
}
GRACE, LONGEST = 300.0, 14_400.0


@pytest.mark.parametrize(("state", "step"), list(product(STATES, STEPS)))
def test_four_steps_are_legal_and_every_other_is_refused_with_a_reason(state: MeetingState, step: Step) -> None:
    assert next_state(state, step) == LEGAL.get((state, step))
    if (state, step) not in LEGAL:
        assert refusal(state, step).startswith("The meeting ")


def test_a_cancelled_meeting_stays_cancelled() -> None:
    assert not is_open("cancelled")
    assert all(next_state("cancelled", step) is None for step in STEPS)


@pytest.mark.parametrize("state", STATES)
def test_only_a_concluded_meeting_can_be_opened_again_and_only_for_a_while(state: MeetingState) -> None:
    over = state == "concluded"
    assert [can_reopen(state, 10.0, now) for now in (9.0, 10.0)] == [over, False]
    assert not can_reopen(state, None, 0.0)


@pytest.mark.parametrize(
    ("now", "already", "added"),
    [
        (3_000.0, 0.0, 0.0),  # it goes on for longer than the extension anyway
        (3_600.0, 0.0, 600.0),
        (3_601.0, 600.0, 601.0),
        (4_100.0, 600.0, 1_100.0),
        (9_000.0, 1_100.0, 2_400.0),  # as long as any meeting
    ],
)
def test_an_extended_meeting_goes_on_for_the_extension_from_now(now: float, already: float, added: float) -> None:
    assert extended_by(now, 0.0, already, longest=3_600.0, extension=600.0, most=6_000.0) == added


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
def test_a_meeting_ends_automatically_when_it_stays_empty_or_lasts_too_long(
    now: float, empty_since: float | None, why: str | None
) -> None:
    assert overdue(now, 0.0, empty_since, GRACE, LONGEST) == why
