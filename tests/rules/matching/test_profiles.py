"""Facts that are read from profiles, word by word."""

import pytest

from connvo.rules.matching.profiles import family, languages, level


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (("Senior engineer",), 4),
        (("I was a junior, now I lead a team",), 5),
        (("7 years in sales",), 4),
        (("1 year",), 2),
        (("0 years",), 1),
        (("30+ yrs",), 4),
        ((None, "CTO"), 6),
        (("Something", "Trainee"), 1),
        (("Misleading words about seniority",), None),
        ((None, None), None),
        (("",), None),
    ],
)
def test_a_level_is_read_from_words_or_years(texts: tuple[str | None, ...], found: int | None) -> None:
    assert level(*texts) == found


def test_ai_is_not_found_in_retail() -> None:
    assert family("Retail") == {"business"}
    assert family("AI") == {"technology"}
    assert family("Maintenance of gardens") == frozenset()


def test_a_language_is_the_same_by_its_code_and_its_own_name() -> None:
    assert languages(["Deutsch", "de", "German", "EN", "Klingon", ""]) == ("german", "english", "klingon")
