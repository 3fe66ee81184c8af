"""One set of limits for every form."""

from typing import Any, cast

import pytest

from connvo.kernel.errors import Invalid
from connvo.rules.profiles import ProfileInput, accepted, languages


def test_an_empty_form_changes_nothing() -> None:
    assert accepted(ProfileInput()) == {}


def test_an_empty_text_removes_a_field() -> None:
    form = ProfileInput(bio="", goals=" ", experience="", field="", job_title="", company="", linkedin_url="")
    assert set(accepted(form).values()) == {None}
    assert len(accepted(form)) == 7


def test_values_are_trimmed() -> None:
    form = ProfileInput(bio="  ten letters  ", job_title=" Engineer ", age=36.0, linkedin_url=" https://example.org ")
    assert accepted(form) == {
        "bio": "ten letters",
        "job_title": "Engineer",
        "age": 36,
        "linkedin_url": "https://example.org",
    }


@pytest.mark.parametrize(
    ("field", "value", "wire_name"),
    [
        ("bio", "too short", "bio"),
        ("bio", "x" * 1001, "bio"),
        ("goals", "x" * 1001, "goals"),
        ("experience", "x" * 1001, "experience"),
        ("languages", ["x"] * 21, "languages"),
        ("languages", [""], "languages"),
        ("languages", ["x" * 41], "languages"),
        ("age", 12.0, "age"),
        ("field", "x" * 121, "field"),
        ("job_title", "x" * 121, "jobTitle"),
        ("company", "x" * 121, "company"),
        ("linkedin_url", "javascript:alert(1)", "linkedinUrl"),
    ],
)
def test_a_value_outside_the_limits_is_named(field: str, value: Any, wire_name: str) -> None:
    with pytest.raises(Invalid) as error:
        accepted(cast(ProfileInput, {field: value}))
    assert error.value.metadata["field"] == wire_name


def test_the_longest_values_are_taken() -> None:
    form = ProfileInput(bio="x" * 1000, goals="x" * 1000, company="x" * 120, languages=["x" * 40])
    assert accepted(form)["bio"] == "x" * 1000


def test_languages_are_listed_once() -> None:
    assert languages([" English", "Deutsch", "English"]) == ("English", "Deutsch")
