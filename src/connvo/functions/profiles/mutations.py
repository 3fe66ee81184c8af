"""Changes to the caller's profile."""

from connvo.model.access import require_user
from connvo.model.users.change_rate import charge_rate_limit
from connvo.model.users.profiles import save_profile
from connvo.rules.profiles import Gender, ProfileInput
from connvo.runtime.context import MutationCtx
from connvo.runtime.function import mutation
from connvo.schema.profiles import ProfileId


@mutation
def create_profile(
    ctx: MutationCtx,
    display_name: str,
    bio: str | None = None,
    goals: str | None = None,
    languages: list[str] | None = None,
    experience: str | None = None,
    field: str | None = None,
    job_title: str | None = None,
    company: str | None = None,
    linkedin_url: str | None = None,
    age: float | None = None,
    gender: Gender | None = None,
) -> ProfileId:
    """Create the caller's profile, or change the given fields of the existing one; return its id.

    Raises:
        Invalid: A value is outside its limits.
    """
    user = require_user(ctx)
    charge_rate_limit(ctx, user.id)
    form = ProfileInput(
        display_name=display_name,
        bio=bio,
        goals=goals,
        languages=languages,
        experience=experience,
        field=field,
        job_title=job_title,
        company=company,
        linkedin_url=linkedin_url,
        age=age,
        gender=gender,
    )
    return save_profile(ctx, user, form, user.id).id


@mutation
def update_profile(
    ctx: MutationCtx,
    display_name: str | None = None,
    bio: str | None = None,
    goals: str | None = None,
    languages: list[str] | None = None,
    experience: str | None = None,
    field: str | None = None,
    job_title: str | None = None,
    company: str | None = None,
    linkedin_url: str | None = None,
    age: float | None = None,
    gender: Gender | None = None,
) -> ProfileId:
    """Change the given fields of the caller's profile and return its id. An empty text removes a field.

    Raises:
        Invalid: A value is outside its limits.
    """
    user = require_user(ctx)
    charge_rate_limit(ctx, user.id)
    form = ProfileInput(
        display_name=display_name,
        bio=bio,
        goals=goals,
        languages=languages,
        experience=experience,
        field=field,
        job_title=job_title,
        company=company,
        linkedin_url=linkedin_url,
        age=age,
        gender=gender,
    )
    return save_profile(ctx, user, form, user.id).id
