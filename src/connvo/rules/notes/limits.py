"""Limits of notes, and the checks of the numbers and texts that clients send."""

import math
from collections.abc import Iterable

from connvo.kernel.characters import has_visible_text
from connvo.kernel.errors import Invalid, LimitExceeded

from .operation import Change, Operation, UnfitOperation, normalize
from .utf16 import units

MAX_TEXT = 1_000_000  # units of one text
MAX_INSERT = 65_536  # units of one change
MAX_CHANGES = 1_000  # of one operation
MAX_BEHIND = 5_000  # operations over which another one is transformed
MAX_STEPS = 50_000  # changes that one call transforms over others
MAX_BATCH = 100
MAX_CLIENT_ID = 64
MAX_NUMBER = 2**53 - 1


def whole(value: float, field: str, least: int | None = 0) -> int:
    """Return a number of a client as an integer.

    Raises:
        Invalid: It is not a whole number, or is below `least`.
    """
    if not math.isfinite(value) or value != int(value) or abs(value) > MAX_NUMBER:
        raise Invalid(f"{field} needs to be a whole number", field)
    if least is not None and value < least:
        raise Invalid(f"{field} needs to be at least {least}", field, minimum=least)
    return int(value)


def finite(value: float, field: str) -> float:
    """Return a number of a client that is only stored.

    Raises:
        Invalid: It is infinite, or not a number.
    """
    if not math.isfinite(value):
        raise Invalid(f"{field} needs to be a finite number", field)
    return value


def client_id(value: str) -> str:
    """Return the name that a client gives itself.

    Raises:
        Invalid: It does not have 1 to 64 visible characters.
    """
    if len(value) > MAX_CLIENT_ID or not has_visible_text(value):
        raise Invalid(
            f"The name of a client needs 1 to {MAX_CLIENT_ID} visible characters", "clientId", maximum=MAX_CLIENT_ID
        )
    return value


def content(value: str, field: str) -> str:
    """Return a text that is inserted; no argument of a call has half of a surrogate pair.

    Raises:
        Invalid: It is too long, or contains U+0000.
    """
    if len(value) > MAX_INSERT or units(value) > MAX_INSERT:
        raise Invalid(f"At most {MAX_INSERT} UTF-16 units can be inserted at one place", field, maximum=MAX_INSERT)
    if "\x00" in value:
        raise Invalid("Text must not contain the character U+0000: remove it", field)
    return value


def operation(changes: Iterable[tuple[float, float | None, str | None]], field: str) -> Operation:
    """Return the operation of (position, length, content) triples.

    Raises:
        Invalid: A number or text is invalid, there are too many, or they overlap or do not ascend.
    """
    checked = [
        Change(
            whole(position, f"{field}.position"),
            whole(length or 0.0, f"{field}.length"),
            content(text or "", f"{field}.content"),
        )
        for position, length, text in changes
    ]
    if len(checked) > MAX_CHANGES:
        raise Invalid(f"An operation has at most {MAX_CHANGES} changes", field, maximum=MAX_CHANGES)
    try:
        return normalize(checked)
    except UnfitOperation as unfit:
        raise Invalid(str(unfit), field) from None


def text_length(length: int) -> int:
    """Return the length that a text would have.

    Raises:
        LimitExceeded: It is too long for notes.
    """
    if length > MAX_TEXT:
        raise LimitExceeded(f"Notes have at most {MAX_TEXT} UTF-16 units: remove some text", limit=MAX_TEXT)
    return length
