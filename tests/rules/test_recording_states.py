"""A recording comes to an end whatever happens, and what the provider says is believed."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.recording_states import (
    LIVE,
    ProviderReport,
    RecordingEvent,
    RecordingState,
    RecordingTimeouts,
    after,
    deadline,
    is_over,
    reconcile,
)

PATIENCE = RecordingTimeouts(start=60.0, stop=300.0, file=3600.0)
STATES: tuple[RecordingState, ...] = get_args(RecordingState)
EVENTS: tuple[RecordingEvent, ...] = get_args(RecordingEvent)
GONE = ProviderReport(running=False, filed=False)
findings = st.one_of(st.none(), st.builds(ProviderReport, running=st.booleans(), filed=st.booleans()))


@given(st.sampled_from(STATES), st.floats(0, 10_000), findings)
def test_a_verdict_is_a_step_that_exists(state: RecordingState, age: float, finding: ProviderReport | None) -> None:
    verdict = reconcile(state, age, finding, PATIENCE)
    assert verdict is None or after(state, verdict) is not None


@given(st.lists(findings, min_size=40, max_size=40))
def test_once_it_is_to_stop_it_is_over_in_time_with_any_answer_of_the_provider(
    said: list[ProviderReport | None],
) -> None:
    state: RecordingState = "stopping"
    age = spent = 0.0
    for finding in said:
        age, spent = age + 120.0, spent + 120.0
        verdict = reconcile(state, age, finding, PATIENCE)
        step = None if verdict is None else after(state, verdict)
        if step is not None:
            state, age = step, 0.0
        if is_over(state):
            break
    assert is_over(state)
    assert spent <= PATIENCE.stop + PATIENCE.file + 2 * 120.0


@given(st.sampled_from(STATES), st.lists(st.sampled_from(EVENTS), max_size=10))
def test_nothing_that_is_over_ever_records_again(state: RecordingState, events: list[RecordingEvent]) -> None:
    over = is_over(state)
    for event in events:
        state = after(state, event) or state
        assert not (over and state in LIVE)
        over = over or is_over(state)


@pytest.mark.parametrize(
    ("state", "age", "finding", "verdict"),
    [
        ("starting", 1.0, ProviderReport(running=True, filed=False), "began"),
        ("starting", 1.0, GONE, None),
        ("starting", 60.0, GONE, "given_up"),
        ("starting", 60.0, None, "stop_asked"),
        ("recording", 1e9, ProviderReport(running=True, filed=False), None),
        ("recording", 1.0, GONE, "ended"),
        ("recording", 1e9, None, None),
        ("stopping", 1.0, ProviderReport(running=True, filed=True), None),
        ("stopping", 1.0, GONE, "ended"),
        ("stopping", 300.0, ProviderReport(running=True, filed=False), "given_up"),
        ("stopping", 300.0, None, "given_up"),
        ("processing", 1.0, ProviderReport(running=False, filed=True), "filed"),
        ("processing", 3599.0, GONE, None),
        ("processing", 3600.0, GONE, "given_up"),
        ("ready", 1e9, GONE, None),
        ("failed", 1e9, None, None),
    ],
)
def test_the_report_of_the_provider_decides(
    state: RecordingState, age: float, finding: ProviderReport | None, verdict: RecordingEvent | None
) -> None:
    assert reconcile(state, age, finding, PATIENCE) == verdict


def test_a_file_that_comes_after_all_is_kept() -> None:
    assert after("failed", "filed") == "ready"


def test_a_late_word_that_it_began_does_not_undo_the_wish_to_stop() -> None:
    assert after("stopping", "began") is None


def test_only_a_running_recording_may_go_on_without_end() -> None:
    assert [state for state in STATES if deadline(state, PATIENCE) is None and not is_over(state)] == ["recording"]
