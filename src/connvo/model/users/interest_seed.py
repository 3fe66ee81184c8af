"""Seeding of the database with this version's catalogue of interests."""

from connvo.rules.interest_catalog import CATALOGUE
from connvo.runtime.context import MutationCtx
from connvo.runtime.function import internal_mutation
from connvo.schema.interests import Interest


@internal_mutation
def ensure_catalog(ctx: MutationCtx) -> None:
    """Add missing interests and update the others, keeping their counts. The operation is idempotent."""
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
