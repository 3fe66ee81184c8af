"""The catalogue as this version knows it, brought into the database."""

from connvo.rules.interest_catalog import CATALOGUE
from connvo.runtime.context import MutationCtx
from connvo.runtime.function import internal_mutation
from connvo.schema.interests import Interest


@internal_mutation
def ensure_catalog(ctx: MutationCtx) -> None:
    """Add interests that are missing and bring the others up to date; count stay. Doing it twice changes nothing."""
    stored = {interest.key: interest for interest in ctx.db.scan(Interest, "by_creation")}
    for entry in CATALOGUE:
        interest = stored.get(entry.key)
        if interest is None:
            ctx.db.insert(
                Interest(
                    key=entry.key,
                    label=entry.label,
                    category=entry.category,
                    icon_name=entry.icon,
                    created_at=ctx.now,
                )
            )
        else:
            ctx.db.patch(interest, label=entry.label, category=entry.category, icon_name=entry.icon)
