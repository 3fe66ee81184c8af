"""Limits of planned meetings: title, time, length, guests. Times and lengths are milliseconds.

Each function returns the value to store, or raises Invalid with the argument's wire name and what to change.
"""

import math

from connvo.kernel import text
from connvo.kernel.durations import in_words
from connvo.kernel.errors import Invalid

from . import users

MS = 1000.0
TITLE_LENGTH = 200
DESCRIPTION_LENGTH = 2_000
MIN_DURATION_MS = 60_000.0
MAX_DURATION_MS = 14_400_000.0
DEFAULT_DURATION_MS = 1_800_000.0
CLOCK_SKEW_MS = 60_000.0
HORIZON_MS = 365 * 24 * 3_600_000.0
MAX_ADDRESSES = 100


def title(value: str) -> str:
    """Return the title: one line of 1 to 200 characters."""
    return text.line(value, "title", TITLE_LENGTH)


def description(value: str | None) -> str | None:
    """Return the description, or None if it is empty."""
    return text.paragraph(value or "", "description", DESCRIPTION_LENGTH) or None


def duration(length: float | None) -> float:
    """Return the planned length; half an hour by default.

    Raises:
        Invalid: It is not between a minute and four hours.
    """
    if length is None:
        return DEFAULT_DURATION_MS
    if not MIN_DURATION_MS <= length <= MAX_DURATION_MS:
        least, most = in_words(MIN_DURATION_MS / MS), in_words(MAX_DURATION_MS / MS)
        raise Invalid(
            f"A meeting can be planned for {least} to {most}",
            "duration",
            minimum=MIN_DURATION_MS,
            maximum=MAX_DURATION_MS,
        )
    return length


def scheduled_at(when: float | None, now: float) -> float | None:
    """Return the planned start. Up to a minute in the past counts as a clock difference.

    Raises:
        Invalid: It lies in the past, or more than a year ahead.
    """
    if when is None:
        return None
    earliest, latest = now - CLOCK_SKEW_MS, now + HORIZON_MS
    if not when >= earliest:
        raise Invalid("The start time lies in the past", "scheduledAt", minimum=earliest, maximum=latest)
    if when > latest:
        ahead = in_words(HORIZON_MS / MS)
        raise Invalid(f"The start time lies more than {ahead} ahead", "scheduledAt", minimum=earliest, maximum=latest)
    return when


def head_count(asked: float | None, default: int) -> int:
    """Return the requested number of participants.

    Raises:
        Invalid: It is not a whole number of at least 1.
    """
    if asked is None:
        return default
    if not math.isfinite(asked) or asked < 1 or asked != int(asked):
        raise Invalid("The number of people needs to be a whole number, at least 1", "maxParticipants")
    return int(asked)


def guests(addresses: list[str]) -> list[str]:
    """Return the guests' e-mail addresses in their stored form, without duplicates, in their order.

    Raises:
        Invalid: There are more than 100, or one is not an address.
    """
    if len(addresses) > MAX_ADDRESSES:
        raise Invalid(f"At most {MAX_ADDRESSES} guests can be invited at once", "participantEmails")
    found = [users.email(one, f"participantEmails[{place}]") for place, one in enumerate(addresses)]
    return list(dict.fromkeys(found))
