"""A user's profile, and the only code that creates and changes it."""

from connvo.model import embedding_tasks
from connvo.model.audit import audit, named
from connvo.model.meetings.cards import show_again
from connvo.rules import users
from connvo.rules.profiles import ProfileInput, accepted
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.profiles import Profile
from connvo.schema.users import User, UserId


def find_profile(ctx: QueryCtx, user_id: UserId) -> Profile | None:
    """Return a user's profile, or None."""
    return ctx.db.first(Profile, "by_user", user_id)


def name_of(user: User) -> str:
    """Return the name that a profile shows."""
    return user.display_name or users.name_from_address(user.email)


def ensure_profile(ctx: MutationCtx, user_id: UserId) -> Profile:
    """Return a user's profile; create an empty one if there is none."""
    profile = find_profile(ctx, user_id)
    return profile or ctx.db.insert(Profile(user_id=user_id, created_at=ctx.now, updated_at=ctx.now))


def save_profile(ctx: MutationCtx, user: User, form: ProfileInput, actor: UserId) -> Profile:
    """Apply a form to the profile and return it; the name is stored in the user row.

    Raises:
        Invalid: A field is invalid.
    """
    changes = accepted(form)
    chosen = form.get("display_name")
    name = None if chosen is None else users.display_name(chosen)
    profile = ensure_profile(ctx, user.id)
    changed = [field for field, value in changes.items() if getattr(profile, field) != value]
    if name is not None and name != name_of(user):
        changed.append("display_name")
        ctx.db.patch(user, display_name=name, name_chosen=True, updated_at=ctx.now)
        show_again(ctx, user.id)
    if not changed:
        return profile
    audit(ctx, "profile.update", "profiles", profile.id, actor, fields=named(changed))
    embedding_tasks.profile_changed(ctx, profile.id)
    return ctx.db.patch(profile, **changes, updated_at=ctx.now)
