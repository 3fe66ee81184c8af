"""The reasons for a proposal, in words.

A reason names only facts that both people share: their wishes, and other facts where both profiles are open.
"""

from collections.abc import Iterable

from .features import Features
from .profiles import family
from .seekers import Seeker
from .wishes import Named

MAX_NAMED = 3
CLOSE = 0.8
COMPLEMENTARY = 1.0
ONLY_TIME = "You both have time then."


def explanation(first: Seeker, second: Seeker, features: Features) -> list[str]:
    """Return the reasons why two people may want to meet, the strongest first; at least one."""
    found = [
        _listed("You both want to talk about {}.", _shared(first.wishes, second.wishes)),
        "Your roles complement each other." if features.role_complementarity == COMPLEMENTARY else None,
        _listed("You both come as {}.", _shared(first.roles, second.roles)),
        *(_of_profiles(first, second, features) if first.is_open and second.is_open else ()),
    ]
    return [reason for reason in found if reason is not None] or [ONLY_TIME]


def _of_profiles(first: Seeker, second: Seeker, features: Features) -> list[str | None]:
    same_level = first.level is not None and first.level == second.level
    return [
        _listed("You are both interested in {}.", _shared(first.interests, second.interests)),
        "Your profiles have much in common." if (features.vector_similarity or 0.0) >= CLOSE else None,
        _work(first, second),
        "You have the same level of experience." if same_level else None,
        _listed("You both speak {}.", _languages(first, second)),
        "You are in the same time zone." if features.timezone_compatibility == 1.0 else None,
        _organisation(first, second),
    ]


def _shared(first: tuple[Named, ...], second: tuple[Named, ...]) -> list[str]:
    """Return the labels that both have; where they differ in spelling, the same one for both people."""
    theirs = {one.key: one.label for one in second}
    return sorted(min(one.label, theirs[one.key]) for one in first if one.key in theirs)


def _listed(sentence: str, labels: Iterable[str]) -> str | None:
    named = list(labels)[:MAX_NAMED]
    if not named:
        return None
    *others, last = named
    return sentence.format(f"{', '.join(others)} and {last}" if others else last)


def _work(first: Seeker, second: Seeker) -> str | None:
    if first.field is None or second.field is None:
        return None
    if first.field == second.field:
        return f"You both work in {first.field}."
    return _listed("You both work in {}.", sorted(family(first.field) & family(second.field)))


def _languages(first: Seeker, second: Seeker) -> list[str]:
    return sorted(one.title() for one in set(first.languages) & set(second.languages))


def _organisation(first: Seeker, second: Seeker) -> str | None:
    wanted = "same_org" in (first.org_wish, second.org_wish)
    same = first.org_id is not None and first.org_id == second.org_id
    return "You belong to the same organisation." if wanted and same else None
