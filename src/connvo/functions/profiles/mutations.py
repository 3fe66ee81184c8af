"""Changes to the caller's profile."""

from typing import Unpack

from connvo.model.access import require_user
from connvo.model.users.change_rate import charge_rate_limit
from connvo.model.users.profiles import save_profile
from connvo.rules.profiles import ProfileDetails, ProfileInput
from connvo.runtime.context import MutationCtx
from connvo.runtime.function import mutation
from connvo.schema.profiles import ProfileId


@mutation
def create_profile(ctx: MutationCtx, display_name: str, **details: Unpack[ProfileDetails]) -> ProfileId:
    """Create the caller's profile, or change the given fields of the existing one; return its id.

    Raises:
        Invalid: A value is outside its limits.
    """
    return _save(ctx, ProfileInput(display_name=display_name, **details))


@mutation
def update_profile(ctx: MutationCtx, display_name: str | None = None, **details: Unpack[ProfileDetails]) -> ProfileId:
    """Change the given fields of the caller's profile and return its id. An empty text removes a field.

    Raises:
        Invalid: A value is outside its limits.
    """
    return _save(ctx, ProfileInput(display_name=display_name, **details))


def _save(ctx: MutationCtx, form: ProfileInput) -> ProfileId:
    user = require_user(ctx)
    charge_rate_limit(ctx, user.id)
    return save_profile(ctx, user, form, user.id).id
