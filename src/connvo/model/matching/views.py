"""The arguments and results that several functions of matching share."""

from typing import ClassVar

from connvo.rules.matching import numbers, scoring, wishes
from connvo.rules.matching.features import Features
from connvo.rules.matching.scoring import Weights
from connvo.rules.matching.wishes import Wishes
from connvo.runtime.wire import Args, Result
from connvo.schema.matching import EntryStatus, QueueEntry, QueueId
from connvo.schema.users import UserId


class WishArgs(Args, frozen=True, kw_only=True):
    """The interests and roles of a person who wants to meet others, 1 to 20 of each.

    `orgConstraints` is `same_org`, `different_org` or `any`. `utcOffset` in minutes.
    """

    undocumented: ClassVar[frozenset[str]] = frozenset({"utc_offset"})

    interests: list[str]
    roles: list[str]
    org_constraints: str | None = None
    utc_offset: float | None = None

    def accepted(self) -> Wishes:
        """Return the wishes as they are stored.

        Raises:
            Invalid: A list or a text is empty or too long, or a value is unknown.
        """
        return wishes.accepted(self.interests, self.roles, self.org_constraints, self.utc_offset)


class WeightArgs(Args, frozen=True, kw_only=True):
    """The weight of each feature, none below 0."""

    interest_overlap: float
    experience_gap: float
    industry_match: float
    timezone_compatibility: float
    vector_similarity: float
    org_constraint_match: float
    language_overlap: float
    role_complementarity: float

    def accepted(self) -> Weights:
        """Return the weights, scaled to a sum of 1.

        Raises:
            Invalid: A weight is negative or not finite, or all are 0.
        """
        return scoring.checked(Weights(**{name: getattr(self, name) for name in self.__struct_fields__}))


class WishView(Result, frozen=True, kw_only=True):
    """The wishes of an entry."""

    interests: list[str]
    roles: list[str]
    org_constraints: str | None = None


class FeatureView(Result, frozen=True, kw_only=True):
    """A number for each feature, from 0 to 1. An unknown feature is 0.5, an unknown vector is absent."""

    interest_overlap: float
    experience_gap: float
    industry_match: float
    timezone_compatibility: float
    vector_similarity: float | None = None
    org_constraint_match: float
    language_overlap: float
    role_complementarity: float


class EntryView(Result, frozen=True, kw_only=True):
    """An entry of the queue. Times in milliseconds."""

    id: QueueId
    creation_time: float
    user_id: UserId
    available_from: float
    available_to: float
    constraints: WishView
    status: EntryStatus
    matched_with: UserId | None = None
    created_at: float
    updated_at: float


def wishes_of(entry: QueueEntry) -> WishView:
    """Return the wishes of an entry, as they were written."""
    seeker = entry.seeker
    return WishView(
        interests=[one.label for one in seeker.wishes],
        roles=[one.label for one in seeker.roles],
        org_constraints=None if seeker.org_wish == "any" else seeker.org_wish,
    )


def features_of(features: Features) -> FeatureView:
    """Return the features of a match as they are shown."""
    return FeatureView(**numbers.shown(features))


def weights_of(weights: Weights) -> FeatureView:
    """Return weights as they are shown."""
    return FeatureView(**{name: getattr(weights, name) for name in Weights.__struct_fields__})
