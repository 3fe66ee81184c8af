"""Reads of profiles: the caller's own in full, those of other users without their private fields."""

from connvo.model.access import find_user, require_user
from connvo.model.users.profiles import find_profile, name_of
from connvo.model.users.visibility import may_see
from connvo.rules.profiles import Gender
from connvo.runtime.context import QueryCtx
from connvo.runtime.function import query
from connvo.runtime.wire import Result
from connvo.schema.profiles import ProfileId
from connvo.schema.users import User, UserId


class OwnProfile(Result, frozen=True, kw_only=True):
    """A whole profile. Age in years, times in milliseconds."""

    id: ProfileId
    user_id: UserId
    display_name: str
    bio: str | None = None
    goals: str | None = None
    languages: list[str]
    experience: str | None = None
    age: float | None = None
    gender: Gender | None = None
    field: str | None = None
    job_title: str | None = None
    company: str | None = None
    linkedin_url: str | None = None
    created_at: float
    updated_at: float


class PublicProfile(Result, frozen=True, kw_only=True):
    """The public part of a profile: without age, gender and addresses."""

    id: ProfileId
    user_id: UserId
    display_name: str
    bio: str | None = None
    goals: str | None = None
    languages: list[str]
    experience: str | None = None
    field: str | None = None
    job_title: str | None = None
    company: str | None = None


@query
def get_current_user_profile(ctx: QueryCtx) -> OwnProfile | None:
    """Return the caller's profile; null without a token, an account, or a profile.

    Raises:
        Forbidden: The account is deactivated.
    """
    if find_user(ctx) is None:
        return None
    user = require_user(ctx)
    profile = find_profile(ctx, user.id)
    if profile is None:
        return None
    return OwnProfile.from_row(profile, user_id=user.id, display_name=name_of(user), languages=list(profile.languages))


@query
def get_profile_by_user_id_public(ctx: QueryCtx, user_id: UserId) -> PublicProfile | None:
    """Return a user's public profile; null if there is none or it is closed to the caller.

    The profile of a deactivated account is null too.
    """
    caller = require_user(ctx)
    user = ctx.db.get(User, user_id)
    if user is None or not user.is_active or not may_see(ctx, caller, user):
        return None
    profile = find_profile(ctx, user.id)
    if profile is None:
        return None
    return PublicProfile.from_row(
        profile, user_id=user.id, display_name=name_of(user), languages=list(profile.languages)
    )
