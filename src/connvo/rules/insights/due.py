"""Due words: the literal words of a date in a sentence, and the day that they mean, read from the day of the meeting.

Guarantees: a day is given only for words that name one; all others stay words.
"""

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache

import msgspec

from . import wordings

MAX_DAYS = 366
NOON = time(12)
WEEK = 7
NUMERIC = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})?")
NUMBER = re.compile(r"\d+")
AFTER = ("in ", "dans ", "en ", "dentro ")


class Due(msgspec.Struct, frozen=True):
    """Literal words of a date, and its ISO form if it is clear."""

    words: str
    on: str | None


def find(said: str, language: str, day: str) -> Due | None:
    """Return the last date in a sentence, or None."""
    wording = wordings.of(language)
    found = list(wording.due.finditer(said))
    if not found:
        return None
    words, core = found[-1][0].strip(), found[-1]["date"]
    clear = None if wording.vague.search(core) else _read(core, language, date.fromisoformat(day))
    return Due(words, None if clear is None else clear.isoformat())


@lru_cache(maxsize=1024)
def _read(words: str, language: str, day: date) -> date | None:
    numeric = NUMERIC.fullmatch(words)
    if numeric:
        return _numeric(int(numeric[1]), int(numeric[2]), numeric[3], day)
    import dateparser

    settings = {
        "RELATIVE_BASE": datetime.combine(day, NOON),
        "PREFER_DATES_FROM": "future",
        "DATE_ORDER": "DMY",
        "RETURN_AS_TIMEZONE_AWARE": False,
    }
    plain = _plain(words)
    parsed = dateparser.parse(plain, languages=[language], settings=settings)
    if parsed is None:
        return None
    meant = parsed.date()
    numbers = [int(number) for number in NUMBER.findall(plain)]
    if numbers and not plain.startswith(AFTER) and meant.day not in numbers:
        return None
    if meant < day and _is_day_of_month(words):
        meant = _in_next_month(meant)
    far = (meant - day).days
    # The name of today's weekday means today to some people, and in a week to others.
    is_unclear = far == WEEK and not any(char.isdigit() for char in words) and len(words.split()) == 1
    return meant if 0 <= far <= MAX_DAYS and not is_unclear else None


def _numeric(number: int, month: int, year: str | None, day: date) -> date | None:
    """Return the next day with these numbers, or that of the year."""
    for one in (int(year),) if year else (day.year, day.year + 1):
        try:
            meant = date(one, month, number)
        except ValueError:
            continue
        if meant >= day:
            return meant
    return None


def _plain(words: str) -> str:
    lowered = words.lower()
    for first in ("this ", "diesen ", "within "):
        if lowered.startswith(first):
            return ("in " if first == "within " else "") + lowered.removeprefix(first)
    return lowered


def _is_day_of_month(words: str) -> bool:
    return len(words.split()) == 1 and words[:1].isdigit() and "-" not in words and words.count(".") < 2


def _in_next_month(day: date) -> date:
    first = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    try:
        return first.replace(day=day.day)
    except ValueError:
        return day
