"""Limits of profile fields, the same for every form."""

from typing import Literal, TypeAlias, TypedDict

from connvo.kernel import text
from connvo.kernel.errors import Invalid

from . import users

Gender: TypeAlias = Literal["male", "female", "non-binary", "prefer-not-to-say"]

MIN_BIO = 10
MAX_BIO = 1000
STORY_LENGTH = 1000
WORK_LENGTH = 120
LANGUAGE_LENGTH = 40
MAX_LANGUAGES = 20


class ProfileDetails(TypedDict, total=False):
    """The fields of a form, apart from the name. A field that is missing or None is kept; an empty text removes it."""

    bio: str | None
    goals: str | None
    languages: list[str] | None
    experience: str | None
    field: str | None
    job_title: str | None
    company: str | None
    linkedin_url: str | None
    age: float | None
    gender: Gender | None


class ProfileInput(ProfileDetails, total=False):
    """A form as it was sent, with the name."""

    display_name: str | None


def accepted(form: ProfileDetails) -> dict[str, object]:
    """Return the profile fields to change with their values, except the name.

    Raises:
        Invalid: A value is outside its limits.
    """
    changes: dict[str, object] = {}
    if (about := form.get("bio")) is not None:
        changes["bio"] = bio(about) if about.strip() else None
    if (goals := form.get("goals")) is not None:
        changes["goals"] = text.paragraph(goals, "goals", STORY_LENGTH) or None
    if (spoken := form.get("languages")) is not None:
        changes["languages"] = languages(spoken)
    if (experience := form.get("experience")) is not None:
        changes["experience"] = text.paragraph(experience, "experience", STORY_LENGTH) or None
    if (age := form.get("age")) is not None:
        changes["age"] = users.age(age)
    if (gender := form.get("gender")) is not None:
        changes["gender"] = gender
    if (field := form.get("field")) is not None:
        changes["field"] = work(field, "field", least=0) or None
    if (job_title := form.get("job_title")) is not None:
        changes["job_title"] = work(job_title, "jobTitle", least=0) or None
    if (company := form.get("company")) is not None:
        changes["company"] = work(company, "company", least=0) or None
    if (page := form.get("linkedin_url")) is not None:
        changes["linkedin_url"] = linkedin(page)
    return changes


def bio(value: str) -> str:
    """Return a description of 10 to 1000 characters."""
    return text.paragraph(value, "bio", MAX_BIO, MIN_BIO)


def work(value: str, field: str, least: int = 1) -> str:
    """Return one line about a user's work, up to 120 characters."""
    return text.line(value, field, WORK_LENGTH, least)


def linkedin(value: str) -> str | None:
    """Return the address of a LinkedIn page; None if it is empty."""
    return users.web_address(value, "linkedinUrl") if value.strip() else None


def languages(values: list[str]) -> tuple[str, ...]:
    """Return the languages without duplicates, in their order.

    Raises:
        Invalid: There are more than 20, or one is too long.
    """
    if len(values) > MAX_LANGUAGES:
        raise Invalid(f"At most {MAX_LANGUAGES} languages can be named", "languages")
    return tuple(dict.fromkeys(text.line(value, "languages", LANGUAGE_LENGTH) for value in values))
