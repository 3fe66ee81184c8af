"""What people may report of a running meeting."""

import math

import pytest

from connvo.kernel.errors import Invalid
from connvo.rules.activity import speaking_duration, topics_of


@pytest.mark.parametrize("reported", [0.0, 1.5, 60_000.0])
def test_a_report_covers_up_to_a_minute(reported: float) -> None:
    assert speaking_duration(reported) == reported


@pytest.mark.parametrize("reported", [-1.0, 60_000.1, math.nan, math.inf, -math.inf])
def test_a_report_of_less_than_nothing_or_more_than_a_minute_is_refused(reported: float) -> None:
    with pytest.raises(Invalid, match="1 minute of speaking") as refused:
        speaking_duration(reported)
    assert refused.value.metadata == {"field": "speakingDurationMs", "minimum": 0, "maximum": 60_000}


def test_topics_are_short_lines_each_once() -> None:
    assert topics_of([" plans ", "plans", "x" * 60]) == ["plans", "x" * 60]
    assert topics_of([]) == []


@pytest.mark.parametrize("topics", [["fine", " "], ["x" * 61], ["\u200b"], ["t"] * 11])
def test_too_many_or_too_long_topics_are_refused(topics: list[str]) -> None:
    with pytest.raises(Invalid, match="topic") as refused:
        topics_of(topics)
    assert str(refused.value.metadata["field"]).startswith("topics")
