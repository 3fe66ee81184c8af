"""Limits of user data: name, e-mail address, age, web addresses.

Each function returns the value to store, or raises Invalid with the argument's wire name and what to change.
"""

import math
import re
from urllib.parse import urlsplit

from connvo.kernel import text
from connvo.kernel.errors import Invalid
from connvo.kernel.labels import label

NAME_LENGTH = 80
EMAIL_LENGTH = 254
URL_LENGTH = 2048
RAW_SPACE = 1_000  # allowed around an address as it was sent
MIN_AGE = 13
MAX_AGE = 120
UNNAMED = "User"
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_NOT_IN_URL = re.compile(r"[\s\x00-\x1f\x7f\\]")


def display_name(value: str, field: str = "displayName") -> str:
    """Return the name that others see: one line of 1 to 80 characters."""
    return text.line(value, field, NAME_LENGTH)


def sign_in_name(value: str | None) -> str | None:
    """Return the name of a sign-in, normalised and cut to fit, or None if nothing visible is left."""
    return text.normalize(value, NAME_LENGTH)


def name_from_address(address: str) -> str:
    """Return the name of a user who gave none: the part of the e-mail address before the @."""
    return text.normalize(address.partition("@")[0], NAME_LENGTH) or UNNAMED


def email(value: str, field: str = "email") -> str:
    """Return an e-mail address in the form in which it is stored and compared: lower case.

    Raises:
        Invalid: It is not an address.
    """
    address = value[: EMAIL_LENGTH + RAW_SPACE].strip().lower()
    if (
        len(value) > EMAIL_LENGTH + RAW_SPACE
        or len(address) > EMAIL_LENGTH
        or not _EMAIL.fullmatch(address)
        or not address.isprintable()
    ):
        raise Invalid(f"{label(field)} is not one that can be written to", field)
    return address


def is_placeholder(address: str) -> bool:
    """Return whether an address is a placeholder: `.invalid` is reserved for that (RFC 2606)."""
    return address.endswith(".invalid")


def age(value: float, field: str = "age") -> int:
    """Return the age in whole years.

    Raises:
        Invalid: It is not a whole number from 13 to 120.
    """
    if not math.isfinite(value) or value != int(value) or not MIN_AGE <= value <= MAX_AGE:
        raise Invalid(f"{label(field)} needs to be a whole number from {MIN_AGE} to {MAX_AGE}", field)
    return int(value)


def web_address(value: str, field: str) -> str:
    """Return an http or https address.

    Raises:
        Invalid: It is neither.
    """
    address = value[: URL_LENGTH + RAW_SPACE].strip()
    if len(value) > URL_LENGTH + RAW_SPACE or not _is_web_address(address, ("http", "https")):
        raise Invalid(f"{label(field)} needs to start with https:// or http://", field)
    return address


def avatar(value: str | None) -> str | None:
    """Return the address of a picture, or None for one that is not served over https."""
    return value if value is not None and _is_web_address(value, ("https",)) else None


def _is_web_address(address: str, schemes: tuple[str, ...]) -> bool:
    if len(address) > URL_LENGTH or _NOT_IN_URL.search(address):
        return False
    try:
        parts = urlsplit(address)
        named = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    return parts.scheme in schemes and named and "@" not in parts.netloc
