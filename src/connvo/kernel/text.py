"""What people type: one line or several, cleaned of what nobody could see, with a length in characters.

Each function returns the text to store, or raises Invalid with the argument's wire name and what to change. Cleaning
costs time for each character, so a text that is far too long is refused by its length alone.
"""

from .characters import clean
from .characters import has_visible_text as has_visible_text
from .errors import Invalid
from .labels import label

# Characters as they came for one that is kept: room for space around the text, and for letters apart from their marks.
RAW_FACTOR = 4
RAW_EXTRA = 1_000


def line(text: str, field: str, most: int, least: int = 1) -> str:
    """Return one line, its words separated by single spaces; with `least` above 0 it has something to see."""
    _refuse_far_too_long(text, field, most, least)
    return _measured(" ".join(clean(text).split()), field, most, least)


def paragraph(text: str, field: str, most: int, least: int = 0) -> str:
    """Return text of several lines without surrounding space."""
    _refuse_far_too_long(text, field, most, least)
    return _measured(clean(text).strip(), field, most, least)


def normalize(text: str | None, most: int) -> str | None:
    """Return one line made of a text that cannot be sent back for correction, or None when nothing is left."""
    if text is None:
        return None
    text = text[: _raw_most(most)]
    short = clean(" ".join(clean(text).split())[:most]).rstrip()
    return short if has_visible_text(short) else None


def _raw_most(most: int) -> int:
    return RAW_FACTOR * most + RAW_EXTRA


def _refuse_far_too_long(text: str, field: str, most: int, least: int) -> None:
    if len(text) > _raw_most(most):
        raise _wrong_length(field, most, least)


def _measured(text: str, field: str, most: int, least: int) -> str:
    seen = text if has_visible_text(text) else ""
    if not least <= len(seen) <= most:
        raise _wrong_length(field, most, least)
    return seen


def _wrong_length(field: str, most: int, least: int) -> Invalid:
    wanted = f"{least} to {most}" if least else f"at most {most}"
    message = f"{label(field)} needs {wanted} characters that can be seen"
    return Invalid(message, field, minimum=least, maximum=most)
