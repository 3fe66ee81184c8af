"""Format durations in words, for messages to users."""

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_PARTS = 2


def in_words(seconds: float) -> str:
    """Return a duration as "4 hours" or "1 hour 30 minutes": its two largest units, the smaller one rounded."""
    left = round(max(seconds, 0.0))
    first = next((index for index, (_, size) in enumerate(_UNITS) if left >= size), len(_UNITS) - 1)
    units = _UNITS[first : first + _PARTS]
    smallest = units[-1][1]
    left = round(left / smallest) * smallest
    if first > 0 and left >= _UNITS[first - 1][1]:
        return in_words(left)
    parts = []
    for name, size in units:
        count, left = divmod(left, size)
        if count:
            parts.append(_counted(count, name))
    return " ".join(parts) or _counted(0, units[-1][0])


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
