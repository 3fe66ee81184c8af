"""A transcription is on only while its members agreed to it, and ends with its meeting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.transcripts import states
from connvo.rules.transcripts.states import TranscriptionEvent, TranscriptionMode, TranscriptionState

EVENTS: list[TranscriptionEvent] = ["begin", "pause", "end", "fail"]
MODES: list[TranscriptionMode] = ["off", "captions", "transcript"]


@given(st.lists(st.sampled_from(EVENTS)))
def test_the_end_of_a_meeting_always_completes(events: list[TranscriptionEvent]) -> None:
    state: TranscriptionState = "initializing"
    for event in events:
        state = states.after(state, event)
    assert states.after(state, "end") == "completed"
    assert states.after(states.after(state, "end"), "pause") == "completed"


def test_captions_are_for_participants_and_a_transcript_is_for_hosts() -> None:
    assert states.may_switch("captions", "off", is_host=False)
    assert not states.may_switch("transcript", "off", is_host=False)
    assert not states.may_switch("captions", "transcript", is_host=False)
    assert all(states.may_switch(mode, current, is_host=True) for mode in MODES for current in MODES)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("answered", [None, "captions", "transcript"])
@pytest.mark.parametrize("allowed", [True, False])
def test_only_a_member_that_agreed_to_this_mode_is_heard(
    mode: TranscriptionMode, answered: TranscriptionMode | None, allowed: bool
) -> None:
    heard = states.may_hear(mode, allowed, answered)
    agreed = allowed and answered is not None and not states.is_more(mode, answered)
    assert heard == (mode != "off" and agreed)
    assert states.must_answer(mode, "transcript") is False
    assert states.must_answer("off", answered) is False
