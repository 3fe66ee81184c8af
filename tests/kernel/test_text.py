"""What people type."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connvo.kernel import text
from connvo.kernel.errors import Invalid

INVISIBLE = ["", " ", "\u200b", "\u2060 \u00ad", "\u3000", "\u202e", "\u3164", "\u2800", "\u200d\ufe0f", "\U000e0041"]


@pytest.mark.parametrize("blank", INVISIBLE)
def test_a_line_shows_something(blank: str) -> None:
    with pytest.raises(Invalid) as error:
        text.line(blank, "company", 10)
    assert error.value.metadata == {"field": "company", "minimum": 1, "maximum": 10}


@pytest.mark.parametrize("blank", INVISIBLE)
def test_a_line_that_may_be_empty_is_empty_when_it_shows_nothing(blank: str) -> None:
    assert text.line(blank, "company", 10, least=0) == ""


@pytest.mark.parametrize("broken", ["a\nb", " a \t b", "a\u2028b", "a\r\n\r\nb", "a\x85b"])
def test_a_line_is_one_line_for_any_pasted_text(broken: str) -> None:
    assert text.line(broken, "company", 10) == "a b"


def test_a_paragraph_has_lines() -> None:
    assert text.paragraph(" a\n\tb ", "bio", 10) == "a\n\tb"
    assert text.paragraph("a\r\n\x00b\u2029c", "bio", 10) == "a\nb\nc"


def test_the_length_counts_without_surrounding_space() -> None:
    assert text.line("  " + "x" * 10 + "  ", "company", 10) == "x" * 10
    with pytest.raises(Invalid) as error:
        text.line("x" * 11, "company", 10)
    assert "1 to 10 visible characters" in error.value.message


@pytest.mark.parametrize("form", [text.line, text.paragraph])
def test_a_text_that_is_far_too_long_is_refused_unread(
    form: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "clean", lambda value: pytest.fail("it was read"))
    with pytest.raises(Invalid) as error:
        form("x" * 1_000_000, "title", 200, 1)
    assert error.value.metadata == {"field": "title", "minimum": 1, "maximum": 200}


def test_text_too_long_to_return_is_shortened_before_it_is_read() -> None:
    assert text.normalize("x" * 1_000_000, 80) == "x" * 80


@settings(deadline=None)
@given(st.text(), st.integers(1, 20))
def test_a_tidied_text_is_a_line_within_the_length(value: str, most: int) -> None:
    tidied = text.normalize(value, most)
    if tidied is not None:
        assert text.line(tidied, "name", most) == tidied
    else:
        assert not text.has_visible_text(" ".join(value.split())[:most])


def test_a_new_kind_of_character_counts_as_visible() -> None:
    assert text.has_visible_text("\U0001fae8")
