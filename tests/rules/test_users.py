"""Names, addresses, ages."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connvo.kernel.errors import Invalid
from connvo.rules import users


def test_a_name_has_1_to_80_characters() -> None:
    assert users.display_name(" Ada ") == "Ada"
    assert users.display_name("x" * 80) == "x" * 80
    for wrong in ("", "   ", "x" * 81, "\u200b"):
        with pytest.raises(Invalid) as error:
            users.display_name(wrong)
        assert error.value.metadata == {"field": "displayName", "minimum": 1, "maximum": 80}


def test_a_name_that_came_with_a_sign_in_is_made_to_fit() -> None:
    assert users.sign_in_name("  Ada\nLovelace ") == "Ada Lovelace"
    assert users.sign_in_name("x" * 100) == "x" * 80
    assert users.sign_in_name("\u200b") is None
    assert users.sign_in_name(None) is None


def test_a_user_that_gave_no_name_is_called_after_the_address() -> None:
    assert users.name_from_address("ada@example.org") == "ada"
    assert users.name_from_address("\u200b@example.org") == "User"


def test_addresses_are_compared_in_lower_case() -> None:
    assert users.email(" Ada@Example.ORG ") == "ada@example.org"


@pytest.mark.parametrize(
    "wrong", ["", "ada", "ada@", "@example.org", "a@b@c", "a b@c", "a@b\x00", f"{'x' * 250}@b.org"]
)
def test_an_invalid_address_is_refused(wrong: str) -> None:
    with pytest.raises(Invalid) as error:
        users.email(wrong)
    assert error.value.metadata == {"field": "email"}


@pytest.mark.parametrize("right", [13, 13.0, 120])
def test_an_age_is_a_whole_number_of_years(right: float) -> None:
    assert users.age(right) == right
    assert type(users.age(right)) is int


@pytest.mark.parametrize("wrong", [12, 121, 20.5, -1, math.nan, math.inf, -math.inf])
def test_other_ages_are_refused(wrong: float) -> None:
    with pytest.raises(Invalid) as error:
        users.age(wrong)
    assert error.value.metadata == {"field": "age"}


@pytest.mark.parametrize(
    "right", ["https://linkedin.com/in/ada", "http://example.org:8080/?a=b#c", "HTTPS://example.org"]
)
def test_web_addresses_are_taken(right: str) -> None:
    assert users.web_address(f" {right} ", "linkedinUrl") == right


@pytest.mark.parametrize(
    "wrong",
    [
        "javascript:alert(1)",
        "ftp://example.org",
        "//example.org",
        "example.org",
        "https://",
        "https:///path",
        "https://user:secret@example.org",
        "https://example.org:port",
        "https://example.org:99999",
        "https://[::1",
        "https://exa mple.org",
        "https://example.org\\@evil.test",
        "https://example.org/" + "x" * 2048,
    ],
)
def test_other_addresses_are_refused(wrong: str) -> None:
    with pytest.raises(Invalid) as error:
        users.web_address(wrong, "linkedinUrl")
    assert error.value.metadata == {"field": "linkedinUrl"}


@settings(deadline=None)
@given(st.text())
def test_any_text_is_a_web_address_or_invalid(value: str) -> None:
    try:
        assert users.web_address(value, "linkedinUrl").lower().startswith(("http://", "https://"))
    except Invalid:
        assert users.avatar(value) is None


def test_a_picture_is_served_over_https() -> None:
    assert users.avatar("https://example.org/a.png") == "https://example.org/a.png"
    assert users.avatar("http://example.org/a.png") is None
    assert users.avatar("data:image/png;base64,AAAA") is None
    assert users.avatar(None) is None
