"""Which metrics callers may record: their names, tags, values and times."""

import math
import re
from collections.abc import Mapping

from connvo.kernel.errors import Invalid
from connvo.kernel.text import line

NAME = re.compile(r"[a-z][a-z0-9_.]{0,63}")
MAX_TAGS, MAX_TAG_CHARS = 8, 64
MAX_SERIES_A_DAY = 200
# Of those, the new ones of one caller: at once, and then over a day.
NEW_SERIES = 20
# The sum of a day's values is finite, whatever callers send.
MAX_VALUE = 1e18
MAX_AGE_MS, MAX_AHEAD_MS = 3_600_000.0, 60_000.0
DAY_MS = 86_400_000.0


def checked_name(name: str) -> str:
    """Return the name of a metric.

    Raises:
        Invalid: It does not begin with a small letter, or has other characters than small letters, digits, _ and dots.
    """
    if not NAME.fullmatch(name):
        message = "A name begins with a small letter and has up to 64 small letters, digits, underscores and dots"
        raise Invalid(message, "metricName")
    return name


def checked_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags of a value, in the order of their names.

    Raises:
        Invalid: There are too many, or one is empty or too long.
    """
    if len(tags) > MAX_TAGS:
        raise Invalid(f"A value has up to {MAX_TAGS} tags", "tags", limit=MAX_TAGS)
    for name, text in tags.items():
        if not 0 < len(name) <= MAX_TAG_CHARS or not 0 < len(text) <= MAX_TAG_CHARS:
            raise Invalid(f"Names and values of tags have 1 to {MAX_TAG_CHARS} characters", "tags", limit=MAX_TAG_CHARS)
    cleaned = {_tag(name): _tag(text) for name, text in tags.items()}
    return dict(sorted(cleaned.items()))


def _tag(text: str) -> str:
    """Return the text of a tag, without characters that are not shown."""
    return line(text, "tags", MAX_TAG_CHARS)


def checked_value(value: float) -> float:
    """Return a value.

    Raises:
        Invalid: It is not finite, or too large.
    """
    if not math.isfinite(value) or abs(value) > MAX_VALUE:
        raise Invalid(
            f"A value needs to be a number from -{MAX_VALUE:.0e} to {MAX_VALUE:.0e}", "value", limit=MAX_VALUE
        )
    return value


def checked_time(at: float | None, now: float) -> float:
    """Return the time of a value, by default now; in ms.

    Raises:
        Invalid: It is more than an hour ago, or more than a minute ahead.
    """
    if at is None:
        return now
    if not now - MAX_AGE_MS <= at <= now + MAX_AHEAD_MS:
        raise Invalid("The time of a value is at most an hour ago, and at most a minute ahead", "timestamp")
    return at


def day_of(at: float) -> float:
    """Return the beginning of a day (UTC), in ms."""
    return at - at % DAY_MS
