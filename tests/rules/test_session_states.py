"""The states of a session, and what silence means."""

from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.session_states import SessionState, is_open, may_become, refusal, silence

STATES: tuple[SessionState, ...] = get_args(SessionState)
LEGAL = {
    ("connecting", "connected"),
    ("connected", "disconnected"),
    ("disconnected", "connected"),
    *product(("connecting", "connected", "disconnected"), ("failed", "closed")),
}


@pytest.mark.parametrize(("state", "wanted"), list(product(STATES, STATES)))
def test_every_step_is_legal_or_refused_with_a_reason(state: SessionState, wanted: SessionState) -> None:
    assert may_become(state, wanted) == (state == wanted or (state, wanted) in LEGAL)
    if not may_become(state, wanted):
        assert state in refusal(state, wanted)


@pytest.mark.parametrize("state", ["failed", "closed"])
def test_an_end_is_for_good(state: SessionState) -> None:
    assert not is_open(state)
    assert not any(may_become(state, wanted) for wanted in STATES if wanted != state)
    assert "create a new one" in refusal(state, "connected")


@pytest.mark.parametrize(
    ("seconds", "meaning"), [(0, "heard"), (29.9, "heard"), (30, "lost"), (89.9, "lost"), (90, "gone"), (1e6, "gone")]
)
def test_silence_means_lost_then_gone(seconds: float, meaning: str) -> None:
    assert silence(seconds, 30, 90) == meaning


@given(st.floats(0, 1000), st.floats(0, 1000))
def test_more_silence_never_means_less(shorter: float, longer: float) -> None:
    order = ["heard", "lost", "gone"]
    shorter, longer = sorted((shorter, longer))
    assert order.index(silence(shorter, 30, 90)) <= order.index(silence(longer, 30, 90))
