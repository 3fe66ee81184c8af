"""Windows of time in which people are available, and the time to answer a proposal. All times in milliseconds."""

import math

import msgspec

from connvo.kernel.durations import in_words
from connvo.kernel.errors import Invalid

MS = 1000.0
MINUTE_MS = 60_000.0
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
CLOCK_SKEW_MS = MINUTE_MS
MIN_WINDOW_MS = 15 * MINUTE_MS
MAX_WINDOW_MS = DAY_MS
HORIZON_MS = 7 * DAY_MS
# Two people need at least this much time in common.
MIN_COMMON_MS = 15 * MINUTE_MS
# A proposal whose common time begins within this is answered at once.
SOON_MS = 10 * MINUTE_MS
QUICK_ANSWER_MS = 2 * MINUTE_MS
SLOW_ANSWER_MS = 12 * HOUR_MS
# A later proposal is answered at least this long before its time begins.
BEFORE_START_MS = 5 * MINUTE_MS
MEETING_MS = 30 * MINUTE_MS


class Window(msgspec.Struct, frozen=True):
    """A span of time, from `start` to `end`."""

    start: float
    end: float


def accepted(available_from: float, available_to: float, now: float) -> Window:
    """Return the window of an entry. Up to a minute in the past counts as now.

    Raises:
        Invalid: It begins in the past, ends more than 7 days ahead, or is shorter than 15 minutes or longer than a day.
    """
    earliest, latest = now - CLOCK_SKEW_MS, now + HORIZON_MS
    if not math.isfinite(available_from) or available_from < earliest:
        raise Invalid("The time that you offer begins in the past", "availableFrom", minimum=earliest, maximum=latest)
    if not math.isfinite(available_to) or available_to > latest:
        ahead = in_words(HORIZON_MS / MS)
        raise Invalid(f"The time that you offer ends more than {ahead} ahead", "availableTo", maximum=latest)
    # The length is that which the user chose, whatever time the request took.
    start = max(available_from, now)
    if not MIN_WINDOW_MS <= available_to - available_from <= MAX_WINDOW_MS:
        least, most = in_words(MIN_WINDOW_MS / MS), in_words(MAX_WINDOW_MS / MS)
        raise Invalid(
            f"The time that you offer needs to be {least} to {most} long",
            "availableTo",
            minimum=available_from + MIN_WINDOW_MS,
            maximum=available_from + MAX_WINDOW_MS,
        )
    return Window(start, available_to)


def common(first: Window, second: Window, now: float) -> Window | None:
    """Return the time that two windows have in common from now on, or None if it is too short for a meeting."""
    start, end = max(first.start, second.start, now), min(first.end, second.end)
    return Window(start, end) if end - start >= MIN_COMMON_MS else None


def respond_by(start: float, now: float) -> float:
    """Return until when both may answer a proposal whose common time begins at `start`."""
    if start - now <= SOON_MS:
        return now + QUICK_ANSWER_MS
    return min(now + SLOW_ANSWER_MS, start - BEFORE_START_MS)


def meeting_length(time: Window) -> float:
    """Return the planned length of a meeting within a common time."""
    return min(MEETING_MS, time.end - time.start)
