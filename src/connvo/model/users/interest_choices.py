"""The interests that a user has chosen, and the usage counts of the catalogue."""

import msgspec

from connvo.kernel.errors import Invalid
from connvo.model import embedding_tasks
from connvo.rules import interests
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.interests import Interest, UserInterest
from connvo.schema.profiles import Profile
from connvo.schema.users import UserId

NAMED_IN_ERRORS = 10


class Choice(msgspec.Struct, frozen=True):
    """A chosen interest. Only a custom one has a label here."""

    key: str
    label: str | None = None
    icon_name: str | None = None


def in_catalogue(ctx: QueryCtx, key: str) -> Interest | None:
    """Return the interest of the catalogue with this key, or None."""
    return ctx.db.first(Interest, "by_key", key)


def choices_of(ctx: QueryCtx, user_id: UserId) -> list[UserInterest]:
    """Return a user's choices."""
    return ctx.db.scan(UserInterest, "by_user", user_id)


def known_choices(ctx: QueryCtx, user_id: UserId, keys: list[str]) -> list[Choice]:
    """Return the choices of these keys, from the catalogue or the user's present custom interests.

    Raises:
        Invalid: A key is unknown, or there are too many.
    """
    own = {row.interest_key: row for row in choices_of(ctx, user_id) if row.label is not None}
    unique = interests.chosen(keys)
    unknown = [key for key in unique if key not in own and in_catalogue(ctx, key) is None]
    if unknown:
        raise unknown_interests(unknown)
    return [Choice(key, own[key].label, own[key].icon_name) if key in own else Choice(key) for key in unique]


def unknown_interests(keys: list[str]) -> Invalid:
    """Return the error for keys that are not in the catalogue."""
    return Invalid(
        "interests has keys that are not in the catalogue; see interests/queries:listCatalog",
        "interests",
        unknown=keys[:NAMED_IN_ERRORS],
    )


def replace_choices(ctx: MutationCtx, user_id: UserId, choices: list[Choice]) -> bool:
    """Replace a user's choices, each key once; return whether any changed."""
    held = {row.interest_key: row for row in choices_of(ctx, user_id)}
    wanted = {choice.key: choice for choice in choices}
    changed = False
    for key, row in held.items():
        if key not in wanted:
            ctx.db.delete(row)
            changed = True
        elif (row.label, row.icon_name) != (wanted[key].label, wanted[key].icon_name):
            ctx.db.patch(row, label=wanted[key].label, icon_name=wanted[key].icon_name)
            changed = True
    for key, choice in wanted.items():
        if key not in held:
            ctx.db.insert(_row(ctx, user_id, choice))
            changed = True
    for key, difference in interests.count_changes(held, wanted).items():
        entry = in_catalogue(ctx, key)
        if entry is not None:
            ctx.db.patch(entry, usage_count=entry.usage_count + difference)
    profile = ctx.db.first(Profile, "by_user", user_id) if changed else None
    if profile is not None:
        embedding_tasks.profile_changed(ctx, profile.id)
    return changed


def _row(ctx: MutationCtx, user_id: UserId, choice: Choice) -> UserInterest:
    return UserInterest(
        user_id=user_id,
        interest_key=choice.key,
        label=choice.label,
        icon_name=choice.icon_name,
        created_at=ctx.now,
    )
