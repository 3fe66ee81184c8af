"""Interests: keys of users' own interests, how many a user may have, and how choices change the usage counts."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from typing import Literal, TypeAlias

from connvo.kernel import text
from connvo.kernel.errors import Invalid

Category: TypeAlias = Literal["academic", "industry", "skill", "personal"]

CUSTOM_PREFIX = "custom:"
CUSTOM_CATEGORY: Category = "personal"
MAX_INTERESTS = 30
MAX_CUSTOM = 5
MIN_LABEL = 2
MAX_LABEL = 48
KEY_LENGTH = 128
ICON_LENGTH = 64
SLUG_LENGTH = 64
DIGEST_LENGTH = 8
_SEPARATORS = re.compile(r"[\s_-]+")


def label(value: str) -> str:
    """Return the label of a user's own interest, cut to 48 characters.

    Raises:
        Invalid: It has fewer than 2 characters.
    """
    short = text.normalize(value, MAX_LABEL) or ""
    if len(short) < MIN_LABEL:
        raise Invalid(f"An interest of your own needs a name of at least {MIN_LABEL} characters", "interests")
    return short


def slug(value: str) -> str:
    """Return a key part for a label in any script: letters and digits, joined by hyphens.

    Labels that differ only in case, width or separators share a slug. Where letters and digits alone would not tell two
    labels apart (C, C++, C#), or would be too long, a digest of the label is added.
    """
    plain = canonical(value)
    kept = "".join(char if _is_word(char) else " " for char in plain)
    words = "-".join(kept.split())
    if words == plain.replace(" ", "-") and 0 < len(words) <= SLUG_LENGTH:
        return words
    digest = hashlib.sha256(plain.encode()).hexdigest()[:DIGEST_LENGTH]
    return f"{words[:SLUG_LENGTH].strip('-')}-{digest}".lstrip("-")


def canonical(value: str) -> str:
    """Return the form in which two labels are compared: without case, width, and kinds of separators."""
    folded = value
    for _ in range(2):  # folding case may undo the normal form, and the normal form the folding
        folded = unicodedata.normalize("NFKC", folded).casefold()
    return _SEPARATORS.sub(" ", unicodedata.normalize("NFKC", folded)).strip()


def custom_key(value: str) -> str:
    """Return the key of a user's own interest."""
    return CUSTOM_PREFIX + slug(value)


def chosen(keys: Iterable[str]) -> list[str]:
    """Return the keys without duplicates, in their order.

    Raises:
        Invalid: There are more than 30, or one cannot be a key.
    """
    unique = list(dict.fromkeys(keys))
    if len(unique) > MAX_INTERESTS:
        raise Invalid(f"At most {MAX_INTERESTS} interests can be chosen", "interests", limit=MAX_INTERESTS)
    if any(not 0 < len(key) <= KEY_LENGTH for key in unique):
        raise Invalid(f"The name of an interest needs 1 to {KEY_LENGTH} characters", "interests")
    return unique


def count_changes(before: Iterable[str], after: Iterable[str]) -> dict[str, int]:
    """Return the change of each key's usage count when one user's choice goes from `before` to `after`."""
    old, new = set(before), set(after)
    return {**dict.fromkeys(sorted(old - new), -1), **dict.fromkeys(sorted(new - old), 1)}


def _is_word(char: str) -> bool:
    return unicodedata.category(char)[0] in "LMN"
