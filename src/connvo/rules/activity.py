"""Limits of reports about a running meeting. Each function returns the value to store, or raises Invalid."""

from connvo.kernel import text
from connvo.kernel.durations import in_words
from connvo.kernel.errors import Invalid

MS = 1000.0
SPEAKING_REPORT_MS = 60_000.0
TOPICS = 10
TOPIC_LENGTH = 60


def speaking_duration(reported: float) -> float:
    """Return the milliseconds of one report.

    Raises:
        Invalid: The report is negative or longer than a minute.
    """
    if not 0 <= reported <= SPEAKING_REPORT_MS:
        most = in_words(SPEAKING_REPORT_MS / MS)
        raise Invalid(
            f"One report covers at most {most} of speaking",
            "speakingDurationMs",
            minimum=0,
            maximum=SPEAKING_REPORT_MS,
        )
    return reported


def topics_of(values: list[str]) -> list[str]:
    """Return the topics without duplicates.

    Raises:
        Invalid: There are more than ten, or one is not a line of 1 to 60 characters.
    """
    if len(values) > TOPICS:
        raise Invalid(f"At most {TOPICS} topics can be named", "topics")
    found = [text.line(value, f"topics[{place}]", TOPIC_LENGTH) for place, value in enumerate(values)]
    return list(dict.fromkeys(found))
