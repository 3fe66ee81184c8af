"""A person who seeks others, as they were when they entered the queue."""

import msgspec

from .profiles import languages, level
from .wishes import Named, OrgWish, Wishes, folded


class Vector(msgspec.Struct, frozen=True):
    """The mean vector of a profile: little-endian float32 numbers, and the model that made them."""

    model: str
    values: bytes


class Seeker(msgspec.Struct, frozen=True, kw_only=True):
    """The facts about a person that scores compare.

    `interests` are those of the profile. Unless other users may read it, `is_open` is false and nothing of the profile
    is known, as scores would tell of it. Unknown facts are None or empty. `utc_offset` in minutes.
    """

    interests: tuple[Named, ...] = ()
    wishes: tuple[Named, ...] = ()
    roles: tuple[Named, ...] = ()
    org_wish: OrgWish = "any"
    org_id: str | None = None
    level: int | None = None
    field: str | None = None
    languages: tuple[str, ...] = ()
    utc_offset: float | None = None
    vector: Vector | None = None
    is_open: bool = True


def seeker(
    wishes: Wishes,
    *,
    interests: tuple[Named, ...] = (),
    org_id: str | None = None,
    experience: str | None = None,
    job_title: str | None = None,
    field: str | None = None,
    spoken: tuple[str, ...] = (),
    vector: Vector | None = None,
    is_open: bool = True,
) -> Seeker:
    """Return a seeker from the wishes of an entry and the fields of a profile."""
    found = Seeker(
        interests=interests,
        wishes=wishes.interests,
        roles=wishes.roles,
        org_wish=wishes.org,
        org_id=org_id,
        level=level(experience, job_title),
        field=folded(field) or None if field else None,
        languages=languages(spoken),
        utc_offset=wishes.utc_offset,
        vector=vector,
    )
    return found if is_open else closed(found)


def closed(seeker: Seeker) -> Seeker:
    """Return a seeker without any fact that a score or a reason could tell of: the profile, and the time zone.

    The organisation stays, as wishes about organisations are met by real ones only; it is no feature any more.
    """
    return msgspec.structs.replace(
        seeker, interests=(), level=None, field=None, languages=(), utc_offset=None, vector=None, is_open=False
    )
