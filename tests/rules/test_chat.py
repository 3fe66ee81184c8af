"""What a chat message may look like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.kernel.characters import clean
from connvo.kernel.errors import Invalid
from connvo.rules.chat import MESSAGE_LENGTH, message


@given(st.text(max_size=MESSAGE_LENGTH + 5))
def test_a_message_is_the_typed_text_and_can_be_read_or_refused(typed: str) -> None:
    try:
        taken = message(typed)
    except Invalid:
        return
    assert taken == clean(typed).strip()
    assert 1 <= len(taken) <= MESSAGE_LENGTH


def test_lines_and_tabs_are_kept() -> None:
    assert message("one\n\ttwo\n") == "one\n\ttwo"


@pytest.mark.parametrize("typed", ["", " \n ", "x" * (MESSAGE_LENGTH + 1), "\x00", "\u202e"])
def test_nothing_to_read_or_too_much_is_refused(typed: str) -> None:
    with pytest.raises(Invalid) as caught:
        message(typed)
    assert caught.value.metadata["field"] == "text"
