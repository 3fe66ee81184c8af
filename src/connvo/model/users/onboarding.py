"""The onboarding form, validated and stored as a whole."""

import msgspec

from connvo.kernel import text
from connvo.kernel.errors import Invalid
from connvo.model.audit import audit
from connvo.rules import interests, profiles, users
from connvo.rules.interests import Category
from connvo.rules.profiles import Gender, ProfileInput
from connvo.runtime.context import MutationCtx
from connvo.runtime.wire import Args, Result
from connvo.schema.profiles import ProfileId
from connvo.schema.users import User, UserId

from .interest_choices import Choice, in_catalogue, replace_choices, unknown_interests
from .profiles import save_profile

SCOPE = "users.onboarding"
MAX_SENT = 100
NAME_LENGTH = 200


class ChosenInterest(Args, frozen=True, kw_only=True):
    """An interest of the form. `id` is a key of the catalogue; for a custom interest it is arbitrary."""

    id: str = msgspec.field(name="id")
    name: str
    category: Category
    icon_name: str | None = None


class OnboardingSaved(Result, frozen=True, kw_only=True):
    """The result of an onboarding."""

    user_id: UserId
    profile_id: ProfileId
    interests_count: float
    onboarding_completed: bool


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """The form as the client sent it."""

    age: float
    gender: Gender
    field: str
    job_title: str
    company: str
    linkedin_url: str | None
    bio: str
    interests: list[ChosenInterest]


def save(ctx: MutationCtx, user: User, form: Form) -> OnboardingSaved:
    """Store profile and interests and mark the onboarding as complete.

    Raises:
        Invalid: A field is invalid, or an interest is unknown.
    """
    choices = _choices(ctx, form.interests)
    saved = save_profile(ctx, user, _profile(form), user.id)
    replace_choices(ctx, user.id, choices)
    ctx.db.patch(
        user,
        onboarding_complete=True,
        onboarding_started_at=user.onboarding_started_at or ctx.now,
        onboarding_completed_at=ctx.now,
        updated_at=ctx.now,
    )
    audit(ctx, "onboarding.save", "users", user.id, user.id, interests_count=len(choices))
    return OnboardingSaved(
        user_id=user.id,
        profile_id=saved.id,
        interests_count=len(choices),
        onboarding_completed=True,
    )


def _profile(form: Form) -> ProfileInput:
    """Return the profile of a form; all fields except the web address are required."""
    return ProfileInput(
        age=users.age(form.age),
        gender=form.gender,
        field=profiles.work(form.field, "field"),
        job_title=profiles.work(form.job_title, "jobTitle"),
        company=profiles.work(form.company, "company"),
        linkedin_url=form.linkedin_url,
        bio=profiles.bio(form.bio),
    )


def _choices(ctx: MutationCtx, sent: list[ChosenInterest]) -> list[Choice]:
    if len(sent) > MAX_SENT:
        raise Invalid(f"At most {interests.MAX_INTERESTS} interests can be chosen", "interests")
    found: dict[str, Choice] = {}
    unknown: list[str] = []
    for item in sent:
        _measure(item)
        if in_catalogue(ctx, item.id) is not None:
            found.setdefault(item.id, Choice(item.id))
        elif item.category == interests.CUSTOM_CATEGORY:
            own = _own(item)
            found.setdefault(own.key, own)
        else:
            unknown.append(item.id)
    if unknown:
        raise unknown_interests(unknown)
    if sum(choice.label is not None for choice in found.values()) > interests.MAX_CUSTOM:
        raise Invalid(f"At most {interests.MAX_CUSTOM} interests can be custom", "interests")
    interests.chosen(found)
    return list(found.values())


def _measure(item: ChosenInterest) -> None:
    """Check the lengths of an interest's id and name.

    Raises:
        Invalid: A text is longer than any interest's.
    """
    for value, most in ((item.id, interests.KEY_LENGTH), (item.name, NAME_LENGTH)):
        if len(value) > most:
            raise Invalid(f"The name of an interest can have at most {most} characters", "interests")


def _own(item: ChosenInterest) -> Choice:
    label = interests.label(item.name)
    icon = text.line(item.icon_name or "", "interests.iconName", interests.ICON_LENGTH, least=0) or None
    return Choice(interests.custom_key(label), label, icon)
