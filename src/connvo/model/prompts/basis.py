"""The material of ideas: the title, and what the members of a meeting show to every signed-in user."""

from collections import Counter

from connvo.model.meetings.members import find_person, member_of, members
from connvo.model.users.interest_choices import choices_of, in_catalogue
from connvo.model.users.preferences import shows_profile
from connvo.model.users.profiles import find_profile
from connvo.rules.prompts.openers import SHARED_BY, Action, Basis, Person
from connvo.runtime.context import QueryCtx
from connvo.schema.interests import UserInterest
from connvo.schema.meetings import Meeting, MeetingId, Participant
from connvo.schema.users import UserId

# Profiles of more members than this are not looked at.
MAX_PEOPLE = 50


def basis_of(ctx: QueryCtx, meeting: Meeting, actions: tuple[Action, ...]) -> Basis:
    """Return what the ideas of a meeting are made from; `actions` are the open ones of the last meeting."""
    speakers = speakers_of(ctx, meeting.id)
    shown = [one.user_id for one in speakers if shows_profile(ctx, one.user_id)][:MAX_PEOPLE]
    choices = {user_id: choices_of(ctx, user_id) for user_id in shown}
    labels = _shared_labels(ctx, choices)
    people = tuple(_person(ctx, user_id, choices[user_id], labels) for user_id in shown)
    return Basis(title=meeting.title, members=len(speakers), people=people, actions=actions)


def speakers_of(ctx: QueryCtx, meeting_id: MeetingId) -> list[Participant]:
    """Return the members who may speak in a meeting, without those who have not agreed to come."""
    found = [one for one in members(ctx, meeting_id) if one.role != "observer" and not one.asked]
    return [one for one in found if find_person(ctx, one.user_id) is not None]


def may_rest_on(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> bool:
    """Return whether an idea may rest on a user now: a member with an active account and a public profile."""
    if member_of(ctx, meeting_id, user_id) is None or find_person(ctx, user_id) is None:
        return False
    return shows_profile(ctx, user_id)


def _shared_labels(ctx: QueryCtx, choices: dict[UserId, list[UserInterest]]) -> dict[str, str]:
    """Return the labels of interests that several users have chosen, by key."""
    chosen = [choice for found in choices.values() for choice in found]
    counts = Counter(choice.interest_key for choice in chosen)
    labels: dict[str, str] = {}
    for choice in chosen:
        key = choice.interest_key
        if counts[key] >= SHARED_BY and key not in labels:
            entry = None if choice.label is not None else in_catalogue(ctx, key)
            labels[key] = choice.label or (key if entry is None else entry.label)
    return labels


def _person(ctx: QueryCtx, user_id: UserId, choices: list[UserInterest], labels: dict[str, str]) -> Person:
    profile = find_profile(ctx, user_id)
    return Person(
        id=user_id,
        field=None if profile is None else profile.field,
        has_goals=profile is not None and profile.goals is not None,
        interests={one.interest_key: labels[one.interest_key] for one in choices if one.interest_key in labels},
    )
