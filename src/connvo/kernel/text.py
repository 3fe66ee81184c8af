"""Check texts that users type: one line or several, without invisible characters, of bounded length.

Each function returns the text to store, or raises Invalid with the wire name of the argument and what to change. `name`
is that of the argument in words, where its wire name means something else elsewhere.
Cleaning costs time per character, so a text that is far too long is refused by its raw length.
"""

from .characters import clean
from .characters import has_visible_text as has_visible_text
from .errors import Invalid
from .labels import label

# Raw characters allowed per stored one: room for surrounding space, and for letters with separate marks.
RAW_FACTOR = 4
RAW_EXTRA = 1_000


def line(text: str, field: str, most: int, least: int = 1, name: str | None = None) -> str:
    """Return one line with its words separated by single spaces.

    Raises:
        Invalid: The line has fewer than `least` or more than `most` characters, or nothing visible.
    """
    _refuse_far_too_long(text, field, most, least, name)
    return _measured(" ".join(clean(text).split()), field, most, least, name)


def paragraph(text: str, field: str, most: int, least: int = 0, name: str | None = None) -> str:
    """Return text of several lines without surrounding space.

    Raises:
        Invalid: The text has fewer than `least` or more than `most` characters.
    """
    _refuse_far_too_long(text, field, most, least, name)
    return _measured(clean(text).strip(), field, most, least, name)


def normalize(text: str | None, most: int) -> str | None:
    """Return one line made of a text that cannot be refused, cut to `most` characters; None if nothing is visible."""
    if text is None:
        return None
    text = text[: _raw_most(most)]
    short = clean(" ".join(clean(text).split())[:most]).rstrip()
    return short if has_visible_text(short) else None


def _raw_most(most: int) -> int:
    return RAW_FACTOR * most + RAW_EXTRA


def _refuse_far_too_long(text: str, field: str, most: int, least: int, name: str | None) -> None:
    if len(text) > _raw_most(most):
        raise _wrong_length(field, most, least, name)


def _measured(text: str, field: str, most: int, least: int, name: str | None) -> str:
    seen = text if has_visible_text(text) else ""
    if not least <= len(seen) <= most:
        raise _wrong_length(field, most, least, name)
    return seen


def _wrong_length(field: str, most: int, least: int, name: str | None) -> Invalid:
    wanted = f"{least} to {most}" if least else f"at most {most}"
    message = f"{name or label(field)} needs {wanted} visible characters"
    return Invalid(message, field, minimum=least, maximum=most)
