"""What a planned meeting may look like."""

import math

import pytest

from connvo.kernel.errors import Invalid
from connvo.rules import planning

NOW = 1_800_000_000_000.0
MINUTE = 60_000.0
YEAR = 365 * 24 * 60 * MINUTE


@pytest.mark.parametrize("value", ["x", "  x  ", "x" * 200, "Größe 日本"])
def test_a_title_is_stored_without_the_space_around_it(value: str) -> None:
    assert planning.title(value) == value.strip()


@pytest.mark.parametrize("value", ["", "   ", "\u200b", "x" * 201, "\ud800"])
def test_a_title_that_is_empty_or_too_long_is_refused(value: str) -> None:
    with pytest.raises(Invalid) as refused:
        planning.title(value)
    assert refused.value.metadata["field"] == "title"


@pytest.mark.parametrize(("value", "stored"), [(None, None), ("", None), ("a\nb", "a\nb"), ("x" * 2000, "x" * 2000)])
def test_a_description_may_have_several_lines(value: str | None, stored: str | None) -> None:
    assert planning.description(value) == stored


def test_a_long_description_is_refused() -> None:
    with pytest.raises(Invalid, match="description"):
        planning.description("x" * 2001)


@pytest.mark.parametrize(("value", "stored"), [(None, 1_800_000.0), (MINUTE, MINUTE), (240 * MINUTE, 240 * MINUTE)])
def test_a_duration_is_milliseconds(value: float | None, stored: float) -> None:
    assert planning.duration(value) == stored


@pytest.mark.parametrize("value", [3600, 0, -1, MINUTE - 1, 240 * MINUTE + 1, math.nan, math.inf, -math.inf])
def test_a_duration_outside_a_minute_to_four_hours_is_refused(value: float) -> None:
    with pytest.raises(Invalid, match="1 minute to 4 hours"):
        planning.duration(value)


@pytest.mark.parametrize("offset", [-MINUTE, 0, MINUTE, YEAR])
def test_a_start_may_lie_a_clock_difference_back_and_a_year_ahead(offset: float) -> None:
    assert planning.scheduled_at(NOW + offset, NOW) == NOW + offset


@pytest.mark.parametrize("when", [NOW - MINUTE - 1, NOW + YEAR + 1, 0, -1, math.nan, math.inf, -math.inf])
def test_a_start_in_the_past_or_too_far_ahead_is_refused(when: float) -> None:
    with pytest.raises(Invalid, match="The start time lies ") as refused:
        planning.scheduled_at(when, NOW)
    assert refused.value.metadata["field"] == "scheduledAt"


@pytest.mark.parametrize(("asked", "people"), [(None, 10), (1.0, 1), (8.0, 8), (1e6, 1_000_000)])
def test_people_are_counted_in_whole_numbers(asked: float | None, people: int) -> None:
    assert planning.head_count(asked, 10) == people


@pytest.mark.parametrize("asked", [0, -3, 2.5, math.nan, math.inf])
def test_half_a_person_is_refused(asked: float) -> None:
    with pytest.raises(Invalid, match="whole number"):
        planning.head_count(asked, 10)


def test_guests_are_named_once_in_any_spelling() -> None:
    assert planning.guests([" Ann@Example.org ", "ann@example.org", "bo@intranet"]) == [
        "ann@example.org",
        "bo@intranet",
    ]


@pytest.mark.parametrize("address", ["", "ann", "@example.org", "a@b@c", "a b@c", f"{'x' * 250}@y.org", "a@b\u0000"])
def test_an_invalid_address_is_refused_by_its_place(address: str) -> None:
    with pytest.raises(Invalid) as refused:
        planning.guests(["ann@example.org", address])
    assert refused.value.metadata["field"] == "participantEmails[1]"


def test_a_hundred_guests_are_the_most() -> None:
    many = [f"guest{number}@example.org" for number in range(101)]
    assert len(planning.guests(many[:100])) == 100
    with pytest.raises(Invalid, match="At most 100"):
        planning.guests(many)
