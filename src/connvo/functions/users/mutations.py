"""Changes that users make to their own account, and admins to accounts of their organisation."""

from connvo.kernel.errors import Forbidden, Invalid
from connvo.model.access import is_admin_of, require_identity, require_owner_or_admin, require_user
from connvo.model.audit import audit
from connvo.model.deactivation import deactivate
from connvo.model.idempotency import once
from connvo.model.users import onboarding
from connvo.model.users.change_rate import charge_rate_limit
from connvo.model.users.interest_choices import known_choices, replace_choices
from connvo.model.users.last_seen import seen_now
from connvo.model.users.onboarding import ChosenInterest, Form, OnboardingSaved
from connvo.model.users.profiles import save_profile
from connvo.model.users.sign_in import refuse_contradiction, sign_in
from connvo.rules.profiles import Gender, ProfileInput
from connvo.runtime.context import MutationCtx
from connvo.runtime.function import mutation
from connvo.schema.profiles import ProfileId
from connvo.schema.users import User, UserId


@mutation
def upsert_user(
    ctx: MutationCtx,
    workos_user_id: str,
    email: str,
    display_name: str | None = None,
    org_id: str | None = None,
    org_role: str | None = None,
) -> UserId:
    """Create or refresh the caller's account from the token, and return its id.

    Subject, e-mail address, name, organisation and role come from the token's claims; a contradicting argument is
    refused. The e-mail and name arguments are used only if the token has no such claim. An address in the token counts
    if its issuer has verified it. Missing claims erase nothing, and a name chosen in the profile is kept.

    Raises:
        Forbidden: An argument contradicts the token, or the account is deactivated.
        Invalid: The id is empty, or `email` is not an address.
        Unauthorized: There is no token, or it was issued before the user was erased.
    """
    identity = require_identity(ctx)
    refuse_contradiction(identity, workos_user_id, email, display_name, org_id, org_role)
    return sign_in(ctx, identity, email, display_name).id


@mutation
def update_user_profile(
    ctx: MutationCtx,
    user_id: UserId,
    display_name: str | None = None,
    bio: str | None = None,
    goals: str | None = None,
    languages: list[str] | None = None,
    experience: str | None = None,
) -> ProfileId:
    """Change the given fields of a user's profile and return its id. An empty text removes a field.

    For the user and for admins of the same organisation.

    Raises:
        Forbidden: The caller is neither.
        Invalid: A value is outside its limits.
    """
    caller, user = require_user(ctx), require_owner_or_admin(ctx, user_id)
    charge_rate_limit(ctx, caller.id)
    form = ProfileInput(display_name=display_name, bio=bio, goals=goals, languages=languages, experience=experience)
    return save_profile(ctx, user, form, caller.id).id


@mutation
def update_user_interests(ctx: MutationCtx, user_id: UserId, interests: list[str]) -> None:
    """Replace a user's interests by keys of the catalogue or of interests that the user has created.

    For the user and for admins of the same organisation.

    Raises:
        Forbidden: The caller is neither.
        Invalid: A key is unknown, or there are more than 30.
    """
    caller, user = require_user(ctx), require_owner_or_admin(ctx, user_id)
    charge_rate_limit(ctx, caller.id)
    if replace_choices(ctx, user.id, known_choices(ctx, user.id, interests)):
        audit(ctx, "interests.update", "users", user.id, caller.id, interests_count=len(set(interests)))


@mutation
def deactivate_user(ctx: MutationCtx, user_id: UserId) -> None:
    """Deactivate an account at once: later calls of the user are refused, and the user leaves every meeting.

    For the user and for admins of the same organisation.

    Raises:
        Forbidden: The caller is neither.
        Invalid: The account is deactivated already.
    """
    caller, user = require_user(ctx), require_owner_or_admin(ctx, user_id)
    if not user.is_active:
        raise Invalid("This account is deactivated already", "userId")
    deactivate(ctx, user)
    audit(ctx, "user.deactivate", "users", user.id, caller.id)


@mutation
def reactivate_user(ctx: MutationCtx, user_id: UserId) -> None:
    """Reactivate an account. The user does not return to the meetings they left.

    For admins of the same organisation.

    Raises:
        Forbidden: The caller is not an admin of the user's organisation.
        Invalid: The account is active.
    """
    caller, user = require_user(ctx), ctx.db.get(User, user_id)
    if user is None or not is_admin_of(ctx, user):
        raise Forbidden("Only an admin of the same organisation may do this", userId=user_id)
    if user.is_active:
        raise Invalid("This account is active", "userId")
    ctx.db.patch(user, is_active=True, updated_at=ctx.now)
    audit(ctx, "user.reactivate", "users", user.id, caller.id)


@mutation
def update_last_seen(ctx: MutationCtx) -> None:
    """Record when the caller was last seen, at most once a minute, unless they have turned activity tracking off."""
    seen_now(ctx, require_user(ctx))


@mutation
def save_onboarding(
    ctx: MutationCtx,
    age: float,
    gender: Gender,
    field: str,
    job_title: str,
    company: str,
    bio: str,
    interests: list[ChosenInterest],
    linkedin_url: str | None = None,
    idempotency_key: str | None = None,
) -> OnboardingSaved:
    """Save the onboarding form and return the result.

    With an `idempotencyKey` the same form is saved once: for a day a repetition gets the first answer, unless another
    form was saved in between. A personal interest outside the catalogue becomes the caller's own, and no other user
    sees it.

    Raises:
        Conflict: The key was used with another form.
        Invalid: A value is outside its limits.
    """
    user = require_user(ctx)
    charge_rate_limit(ctx, user.id)
    form = Form(
        age=age,
        gender=gender,
        field=field,
        job_title=job_title,
        company=company,
        linkedin_url=linkedin_url,
        bio=bio,
        interests=interests,
    )
    return once(
        ctx,
        user.id,
        onboarding.SCOPE,
        idempotency_key,
        form,
        OnboardingSaved,
        lambda: onboarding.save(ctx, user, form),
    )
