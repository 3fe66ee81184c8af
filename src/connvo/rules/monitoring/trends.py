"""Find out whether a series rises or falls, by a weighted regression over all its points.

Guarantees:
    A difference between two points is no trend. It takes six points, a change of more than 10 % over the series, and a
    slope of more than twice its standard error.
"""

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

Trend: TypeAlias = Literal["rising", "stable", "falling"]

MIN_POINTS = 6
MIN_CHANGE = 0.10
MIN_ERRORS = 2.0


class Point(NamedTuple):
    """A value at a time; `weight` is the number of events it stands for."""

    at: float
    value: float
    weight: float = 1.0


def trend(points: Sequence[Point]) -> Trend:
    """Return whether a series in the order of time rises or falls."""
    weighted = [point for point in points if point.weight > 0]
    if len(weighted) < MIN_POINTS:
        return "stable"
    total = sum(point.weight for point in weighted)
    centre = sum(point.weight * point.at for point in weighted) / total
    mean = sum(point.weight * point.value for point in weighted) / total
    spread = sum(point.weight * (point.at - centre) ** 2 for point in weighted)
    if spread <= 0 or mean == 0:
        return "stable"
    slope = sum(point.weight * (point.at - centre) * (point.value - mean) for point in weighted) / spread
    rest = sum(point.weight * (point.value - mean - slope * (point.at - centre)) ** 2 for point in weighted)
    error = math.sqrt(rest / (len(weighted) - 2) / spread)
    change = slope * (weighted[-1].at - weighted[0].at) / abs(mean)
    if abs(change) <= MIN_CHANGE or abs(slope) <= MIN_ERRORS * error:
        return "stable"
    return "rising" if slope > 0 else "falling"
