"""Due words are literal, and mean a day only where they name one."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.insights import due

MONDAY = "2026-11-30"
NAMES = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}


@pytest.mark.parametrize(
    ("language", "words", "meant"),
    [
        ("en", "by Friday", "2026-12-04"),
        ("en", "this Friday", "2026-12-04"),
        ("en", "tomorrow morning", "2026-12-01"),
        ("en", "tonight", "2026-11-30"),
        ("en", "by the 15th", "2026-12-15"),
        ("en", "on December 3rd", "2026-12-03"),
        ("en", "before January 4th", "2027-01-04"),
        ("en", "in two weeks", "2026-12-14"),
        ("en", "within three days", "2026-12-03"),
        ("en", "2026-12-24", "2026-12-24"),
        ("en", "next Friday", None),
        ("en", "next week", None),
        ("en", "by the end of the week", None),
        ("en", "Monday", None),
        ("de", "bis Freitag", "2026-12-04"),
        ("de", "übermorgen", "2026-12-02"),
        ("de", "am 3. Dezember", "2026-12-03"),
        ("de", "bis zum 15.12.", "2026-12-15"),
        ("de", "am 5.1.", "2027-01-05"),
        ("de", "in zwei Wochen", "2026-12-14"),
        ("de", "nächste Woche", None),
        ("fr", "d'ici vendredi", "2026-12-04"),
        ("fr", "demain", "2026-12-01"),
        ("fr", "le 3 décembre", "2026-12-03"),
        ("fr", "la semaine prochaine", None),
        ("es", "el viernes", "2026-12-04"),
        ("es", "mañana", "2026-12-01"),
        ("es", "el 3 de diciembre", "2026-12-03"),
        ("es", "la semana que viene", None),
    ],
)
def test_words_of_a_date_are_read_from_the_day_of_the_meeting(language: str, words: str, meant: str | None) -> None:
    found = due.find(f"Xyz {words}", language, MONDAY)
    assert found is not None
    assert (found.words, found.on) == (words, meant)


@pytest.mark.parametrize(
    "said", ["In the morning we talked.", "May I ask?", "Monday's notes", "Version 5", "Guten Morgen"]
)
def test_other_words_are_no_date(said: str) -> None:
    assert due.find(said, "en", MONDAY) is None
    assert due.find("Guten Morgen", "de", MONDAY) is None


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)), st.integers(0, 6), st.sampled_from(sorted(NAMES)))
def test_the_name_of_a_weekday_means_the_next_one_or_nothing(day: date, weekday: int, language: str) -> None:
    found = due.find(f"Xyz {NAMES[language][weekday]}", language, day.isoformat())
    assert found is not None
    if weekday == day.weekday():
        assert found.on is None
    else:
        assert found.on is not None
        meant = date.fromisoformat(found.on)
        assert meant.weekday() == weekday
        assert timedelta() < meant - day < timedelta(days=7)


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)), st.integers(1, 31))
def test_a_day_of_the_month_has_that_number_or_stays_words(day: date, number: int) -> None:
    found = due.find(f"by the {number}th", "en", day.isoformat())
    assert found is not None
    if found.on is not None:
        meant = date.fromisoformat(found.on)
        assert meant.day == number
        assert meant >= day


@given(st.text(max_size=200), st.sampled_from(["en", "de", "fr", "es", "xx"]))
def test_the_words_of_any_date_are_literal(said: str, language: str) -> None:
    found = due.find(said, language, MONDAY)
    assert found is None or found.words in said
