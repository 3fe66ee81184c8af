"""Limits of profile fields, the same for every form."""

from typing import Any, Literal, TypeAlias

import msgspec

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


class ProfileInput(msgspec.Struct, frozen=True, kw_only=True):
    """A form as it was sent. None keeps a field; an empty text removes it."""

    display_name: str | None = None
    bio: str | None = None
    goals: str | None = None
    languages: list[str] | None = None
    experience: str | None = None
    age: float | None = None
    gender: Gender | None = None
    field: str | None = None
    job_title: str | None = None
    company: str | None = None
    linkedin_url: str | None = None


def accepted(form: ProfileInput) -> dict[str, Any]:
    """Return the profile fields to change with their values, except the name.

    Raises:
        Invalid: A value is outside its limits.
    """
    changes: dict[str, Any] = {}
    if form.bio is not None:
        changes["bio"] = bio(form.bio) if form.bio.strip() else None
    if form.goals is not None:
        changes["goals"] = text.paragraph(form.goals, "goals", STORY_LENGTH) or None
    if form.languages is not None:
        changes["languages"] = languages(form.languages)
    if form.experience is not None:
        changes["experience"] = text.paragraph(form.experience, "experience", STORY_LENGTH) or None
    if form.age is not None:
        changes["age"] = users.age(form.age)
    if form.gender is not None:
        changes["gender"] = form.gender
    if form.field is not None:
        changes["field"] = work(form.field, "field", least=0) or None
    if form.job_title is not None:
        changes["job_title"] = work(form.job_title, "jobTitle", least=0) or None
    if form.company is not None:
        changes["company"] = work(form.company, "company", least=0) or None
    if form.linkedin_url is not None:
        changes["linkedin_url"] = linkedin(form.linkedin_url)
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
