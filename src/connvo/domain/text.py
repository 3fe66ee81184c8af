"""What people type: one line or several, with a length in characters.

Each function returns the text to store, or raises Invalid with the argument's wire name and what to change.
"""

import unicodedata

from ..kernel.errors import Invalid

CONTROL = frozenset({"Cc", "Cs", "Zl", "Zp"})
INVISIBLE = frozenset({*CONTROL, "Cf", "Zs"})
LINE_BREAKS = frozenset("\n\r\t")


def has_ink(text: str) -> bool:
    """Returns whether a reader would see anything: neither spaces nor invisible marks count."""
    return any(unicodedata.category(char) not in INVISIBLE for char in text)


def line(text: str, field: str, most: int, least: int = 1) -> str:
    """Returns one line of text without surrounding space; with `least` above 0 it has something to see."""
    trimmed = text.strip()
    if any(unicodedata.category(char) in CONTROL for char in trimmed):
        raise Invalid(f"{field} must be a single line without control characters", field)
    return _measured(trimmed, field, most, least)


def paragraph(text: str, field: str, most: int, least: int = 0) -> str:
    """Returns text of several lines without surrounding space."""
    trimmed = text.strip()
    if any(unicodedata.category(char) in CONTROL and char not in LINE_BREAKS for char in trimmed):
        raise Invalid(f"{field} must not hold control characters", field)
    return _measured(trimmed, field, most, least)


def tidy(text: str | None, most: int) -> str | None:
    """Returns one line made of a text that cannot be sent back for correction, or None when nothing is left."""
    if text is None:
        return None
    plain = "".join(" " if unicodedata.category(char) in CONTROL else char for char in text)
    short = " ".join(plain.split())[:most].rstrip()
    return short if has_ink(short) else None


def _measured(text: str, field: str, most: int, least: int) -> str:
    seen = text if has_ink(text) else ""
    if not least <= len(seen) <= most:
        wanted = f"{least} to {most}" if least else f"at most {most}"
        raise Invalid(f"{field} needs {wanted} characters, not counting space around it", field)
    return seen
