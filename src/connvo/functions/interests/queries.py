"""Reads of the interest catalogue."""

from typing import Annotated

from connvo.model.access import find_user
from connvo.rules.interests import CUSTOM_CATEGORY
from connvo.runtime.context import QueryCtx
from connvo.runtime.function import query
from connvo.runtime.normalization import Clamped
from connvo.runtime.wire import Result
from connvo.schema.interests import Interest, UserInterest

LIMIT = Clamped(1, 500, default=200)


class CatalogueEntry(Result, frozen=True, kw_only=True):
    """An interest to choose. `usage_count` is how many users have it; absent for the caller's own interests."""

    key: str
    label: str
    category: str
    icon_name: str | None = None
    usage_count: float | None = None


@query
def list_catalog(
    ctx: QueryCtx, category: str | None = None, limit: Annotated[float | None, LIMIT] = None
) -> list[CatalogueEntry]:
    """Return the catalogue, ordered by category, then by use (most used first), then by label. Needs no token.

    For a signed-in caller it includes their own interests, which no other user sees. `limit` is 200 by default, and
    values outside 1 to 500 are adjusted to that range.

    Raises:
        Invalid: `limit` is not finite.
    """
    most = LIMIT.whole(limit, "limit")
    common = (
        ctx.db.scan(Interest, "by_creation") if category is None else ctx.db.scan(Interest, "by_category", category)
    )
    entries = [_common(interest) for interest in common]
    if category in (None, CUSTOM_CATEGORY):
        entries += _own(ctx)
    return sorted(entries, key=_order)[:most]


def _order(entry: CatalogueEntry) -> tuple[str, float, str, str]:
    return entry.category, -(entry.usage_count or 0), entry.label, entry.key


def _common(interest: Interest) -> CatalogueEntry:
    return CatalogueEntry(
        key=interest.key,
        label=interest.label,
        category=interest.category,
        icon_name=interest.icon_name,
        usage_count=interest.usage_count,
    )


def _own(ctx: QueryCtx) -> list[CatalogueEntry]:
    user = find_user(ctx)
    if user is None or not user.is_active:
        return []
    return [
        CatalogueEntry(key=row.interest_key, label=row.label, category=CUSTOM_CATEGORY, icon_name=row.icon_name)
        for row in ctx.db.scan(UserInterest, "by_user", user.id)
        if row.label is not None
    ]
