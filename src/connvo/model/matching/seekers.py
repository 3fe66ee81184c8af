"""The facts about a user that scores compare, read from the profile."""

from struct import pack

from connvo.model.embeddings.people import vector_of
from connvo.model.users.interest_choices import choices_of, in_catalogue
from connvo.model.users.preferences import shows_profile
from connvo.rules.matching.seekers import Seeker, Vector, seeker
from connvo.rules.matching.wishes import Named, Wishes
from connvo.runtime.context import QueryCtx
from connvo.schema.profiles import Profile
from connvo.schema.users import User, UserId


def seeker_of(ctx: QueryCtx, user: User, wishes: Wishes) -> Seeker:
    """Return a user with these wishes, as their profile is now."""
    profile = ctx.db.first(Profile, "by_user", user.id)
    return seeker(
        wishes,
        interests=_interests(ctx, user.id),
        org_id=user.org_id,
        experience=None if profile is None else profile.experience,
        job_title=None if profile is None else profile.job_title,
        field=None if profile is None else profile.field,
        spoken=() if profile is None else profile.languages,
        vector=vector_of_profile(ctx, user.id),
        is_open=shows_profile(ctx, user.id),
    )


def vector_of_profile(ctx: QueryCtx, user_id: UserId) -> Vector | None:
    """Return the mean vector of a user's profile, or None as long as there is none that says anything."""
    found = vector_of(ctx, user_id)
    if found is None:
        return None
    model, values = found
    return Vector(model, pack(f"<{len(values)}f", *values))


def _interests(ctx: QueryCtx, user_id: UserId) -> tuple[Named, ...]:
    found = []
    for choice in choices_of(ctx, user_id):
        entry = in_catalogue(ctx, choice.interest_key) if choice.label is None else None
        label = choice.label or (choice.interest_key if entry is None else entry.label)
        found.append(Named(choice.interest_key, label))
    return tuple(found)
