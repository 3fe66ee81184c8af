"""Changes people make to their own account, and admins to the accounts of their organisation."""

from connvo.kernel.errors import Forbidden, Invalid
from connvo.model.access import is_admin_of, require_identity, require_owner_or_admin, require_user
from connvo.model.audit import audit
from connvo.model.idempotency import once
from connvo.model.membership.leaving import leave_everywhere
from connvo.model.users import onboarding
from connvo.model.users.change_rate import charge_rate_limit
from connvo.model.users.interest_choices import known_choices, replace_choices
from connvo.model.users.last_seen import seen_now
from connvo.model.users.onboarding import ChosenInterest, Form, OnboardingSaved
from connvo.model.users.profiles import save_profile
from connvo.model.users.sign_in import refuse_disagreement, sign_in
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
    """Make or refreshes the caller's account from the token and return its id.

    Subject, e-mail address, name, organisation and role come from the token's claims; an argument that says something
    else is refused. E-mail and name arguments count only when the token has no such claim; an address in the token is
    one that its issuer verified. Claims that are absent erase nothing, and a name its owner chose in the profile stays.

    Raises:
        Unauthorized: Without a token and for one that was issued before its person was erased.
        Forbidden: For a disagreement and for a deactivated account.
        Invalid: For an empty id or an address that is none.
    """
    identity = require_identity(ctx)
    refuse_disagreement(identity, workos_user_id, email, display_name, org_id, org_role)
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
    """Change the given fields of a profile and return the profile's id. An empty text removes a field.

    For the person and for admins of the same organisation.

    Raises:
        Forbidden: For others.
        Invalid: For a value outside the limits.
    """
    caller, user = require_user(ctx), require_owner_or_admin(ctx, user_id)
    charge_rate_limit(ctx, caller.id)
    form = ProfileInput(display_name=display_name, bio=bio, goals=goals, languages=languages, experience=experience)
    return save_profile(ctx, user, form, caller.id).id


@mutation
def update_user_interests(ctx: MutationCtx, user_id: UserId, interests: list[str]) -> None:
    """Make these keys a person's interests: of the catalogue, or own ones the person already has.

    For the person and for admins of the same organisation.

    Raises:
        Forbidden: For others.
        Invalid: For unknown keys and for more than 30.
    """
    caller, user = require_user(ctx), require_owner_or_admin(ctx, user_id)
    charge_rate_limit(ctx, caller.id)
    if replace_choices(ctx, user.id, known_choices(ctx, user.id, interests)):
        audit(ctx, "interests.update", "users", user.id, caller.id, interests_count=len(set(interests)))


@mutation
def deactivate_user(ctx: MutationCtx, user_id: UserId) -> None:
    """Close an account at once: every later call of the person is refused, and every meeting is left.

    For the person and for admins of the same organisation.

    Raises:
        Forbidden: For others.
        Invalid: It is closed already.
    """
    caller, user = require_user(ctx), require_owner_or_admin(ctx, user_id)
    if not user.is_active:
        raise Invalid("This account is deactivated already", "userId")
    ctx.db.patch(user, is_active=False, updated_at=ctx.now)
    leave_everywhere(ctx, user.id)
    audit(ctx, "user.deactivate", "users", user.id, caller.id)


@mutation
def reactivate_user(ctx: MutationCtx, user_id: UserId) -> None:
    """Open a closed account again; meetings that were left stay left.

    For admins of the same organisation.

    Raises:
        Forbidden: For others.
        Invalid: It is open.
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
    """Note that the caller is there: at most once a minute, and not for people who turned activity tracking off."""
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
    """Store the whole onboarding form and return what it led to.

    With `idempotencyKey` the same form is stored once: for a day a repetition gets the first answer, unless another
    form was saved in between. A personal interest that is not in the catalogue becomes the caller's own, seen by nobody
    else.

    Raises:
        Invalid: For a value outside the limits.
        Conflict: The key was used with another form.
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
