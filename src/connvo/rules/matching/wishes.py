"""The wishes of an entry: interests and roles as people write them, and whether organisations matter.

Two texts are the same wish if they differ only in case, width and separators.
"""

from typing import Literal, TypeAlias, get_args

import msgspec

from connvo.kernel import text
from connvo.kernel.errors import Invalid
from connvo.rules.interests import canonical

OrgWish: TypeAlias = Literal["same_org", "different_org", "any"]

MAX_WISHES = 20
WISH_LENGTH = 80
MAX_OFFSET_MINUTES = 14 * 60
INTERESTS, ROLES, ORG, OFFSET = (
    f"constraints.{name}" for name in ("interests", "roles", "orgConstraints", "utcOffset")
)


class Named(msgspec.Struct, frozen=True):
    """An interest or a wish: `key` is compared, `label` is shown."""

    key: str
    label: str


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """The accepted wishes of an entry; `utc_offset` in minutes, if it is known."""

    interests: tuple[Named, ...]
    roles: tuple[Named, ...]
    org: OrgWish = "any"
    utc_offset: float | None = None


def accepted(interests: list[str], roles: list[str], org: str | None, utc_offset: float | None = None) -> Wishes:
    """Return the wishes of an entry, each once.

    Raises:
        Invalid: A list is empty or too long, a text is empty or too long, or a value is unknown.
    """
    return Wishes(
        interests=_named(interests, INTERESTS),
        roles=_named(roles, ROLES),
        org=_org(org),
        utc_offset=_offset(utc_offset),
    )


def folded(value: str) -> str:
    """Return the form in which two wishes, roles or interests are compared."""
    return canonical(value)


def _named(values: list[str], field: str) -> tuple[Named, ...]:
    if not 1 <= len(values) <= MAX_WISHES:
        name = field.rpartition(".")[2]
        raise Invalid(f"Choose 1 to {MAX_WISHES} {name}", field, minimum=1, maximum=MAX_WISHES)
    found: dict[str, str] = {}
    for place, value in enumerate(values):
        label = text.line(value, f"{field}[{place}]", WISH_LENGTH)
        found.setdefault(folded(label) or label, label)
    return tuple(Named(key, label) for key, label in found.items())


def _org(value: str | None) -> OrgWish:
    if value is None:
        return "any"
    for known in get_args(OrgWish):
        if value == known:
            return known  # type: ignore[no-any-return]
    raise Invalid("The wish about organisations is same_org, different_org or any", ORG)


def _offset(minutes: float | None) -> float | None:
    if minutes is not None and not -MAX_OFFSET_MINUTES <= minutes <= MAX_OFFSET_MINUTES:
        raise Invalid("The difference to UTC is at most 14 hours", OFFSET)
    return minutes
