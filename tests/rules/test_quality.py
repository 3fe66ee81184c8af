"""Grading a connection."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.quality import ORDER, Grade, Sample, advice, grade

FINE = Sample(bitrate=1_000_000, packet_loss=0, latency=20, jitter=2)
figures = st.floats(0, 1e7, allow_nan=False)
samples = st.builds(Sample, bitrate=figures, packet_loss=figures, latency=figures, jitter=figures)


@pytest.mark.parametrize(
    ("figure", "value", "expected"),
    [
        ("packet_loss", 0.5, "excellent"),
        ("packet_loss", 0.6, "good"),
        ("packet_loss", 2, "good"),
        ("packet_loss", 2.1, "fair"),
        ("packet_loss", 5, "fair"),
        ("packet_loss", 5.1, "poor"),
        ("latency", 100, "excellent"),
        ("latency", 101, "good"),
        ("latency", 151, "fair"),
        ("latency", 301, "poor"),
        ("jitter", 15, "excellent"),
        ("jitter", 16, "good"),
        ("jitter", 31, "fair"),
        ("jitter", 51, "poor"),
        ("bitrate", 100_000, "excellent"),
        ("bitrate", 99_999, "fair"),
        ("bitrate", 0, "fair"),
    ],
)
def test_each_figure_has_its_bands(figure: str, value: float, expected: Grade) -> None:
    assert grade(msgspec.structs.replace(FINE, **{figure: value})) == expected


def test_little_bitrate_takes_a_good_connection_down_too() -> None:
    assert grade(Sample(bitrate=50_000, packet_loss=1, latency=20, jitter=2)) == "fair"


@given(samples, st.sampled_from(["bitrate", "packet_loss", "latency", "jitter"]), figures)
def test_no_figure_gets_worse_and_the_grade_better(sample: Sample, figure: str, change: float) -> None:
    before: float = getattr(sample, figure)
    after = max(before - change, 0) if figure == "bitrate" else before + change
    worse = msgspec.structs.replace(sample, **{figure: after})
    assert ORDER.index(grade(worse)) >= ORDER.index(grade(sample))
    assert set(advice(sample)) <= set(advice(worse))


@given(samples)
def test_there_is_advice_exactly_when_it_is_worse_than_good(sample: Sample) -> None:
    assert bool(advice(sample)) == (grade(sample) in ("fair", "poor"))
