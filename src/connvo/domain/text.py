"""What people type: one line or several, cleaned of what nobody could see, with a length in characters.

Each function returns the text to store, or raises Invalid with the argument's wire name and what to change.
"""

from ..kernel.errors import Invalid
from .characters import clean
from .characters import has_ink as has_ink
from .labels import label


def line(text: str, field: str, most: int, least: int = 1) -> str:
    """Return one line, its words separated by single spaces; with `least` above 0 it has something to see."""
    return _measured(" ".join(clean(text).split()), field, most, least)


def paragraph(text: str, field: str, most: int, least: int = 0) -> str:
    """Return text of several lines without surrounding space."""
    return _measured(clean(text).strip(), field, most, least)


def tidy(text: str | None, most: int) -> str | None:
    """Return one line made of a text that cannot be sent back for correction, or None when nothing is left."""
    if text is None:
        return None
    short = clean(" ".join(clean(text).split())[:most]).rstrip()
    return short if has_ink(short) else None


def _measured(text: str, field: str, most: int, least: int) -> str:
    seen = text if has_ink(text) else ""
    if not least <= len(seen) <= most:
        wanted = f"{least} to {most}" if least else f"at most {most}"
        raise Invalid(f"{label(field)} needs {wanted} characters that can be seen", field, minimum=least, maximum=most)
    return seen
