"""A person as one vector, for those who compare people."""

from collections.abc import Sequence

from connvo.model import embedding_rows
from connvo.model.users.profiles import find_profile
from connvo.rules.embeddings.models import is_full_of_meaning
from connvo.rules.embeddings.vectors import mean, unpacked
from connvo.runtime.context import QueryCtx
from connvo.schema.users import UserId

from . import models


def vector_of(ctx: QueryCtx, user_id: UserId) -> tuple[str, Sequence[float]] | None:
    """Return the searched model's name and the unit vector of a user's profile: the mean of its parts.

    None without a profile, before its vectors are made, and with a model that knows letters alone.
    """
    model = models.searched(ctx)
    profile = find_profile(ctx, user_id)
    if model is None or profile is None or not is_full_of_meaning(model):
        return None
    rows = embedding_rows.of_source(ctx, "profile", profile.id, model)
    found = mean([unpacked(row.vector) for row in rows])
    return None if found is None else (model, found)
