"""Counts that callers send: JSON numbers, which may be fractions, infinite, or not numbers at all."""

import math

from ...kernel.errors import Invalid


def clamped(value: float, least: int, most: int, field: str) -> int:
    """Returns the number as a whole one within the bounds. Raises Invalid when it is not finite."""
    if not math.isfinite(value):
        raise Invalid(f"{field} needs to be a number", field)
    return int(min(max(value, least), most))
