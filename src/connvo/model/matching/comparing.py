"""The score of two users for operators and admins."""

from connvo.kernel.errors import Forbidden, NotFound
from connvo.model.meetings.members import find_person
from connvo.rules.matching.explaining import explanation
from connvo.rules.matching.features import features
from connvo.rules.matching.scoring import score
from connvo.runtime.context import QueryCtx
from connvo.runtime.function import internal_query
from connvo.runtime.wire import Result
from connvo.schema.users import User, UserId

from . import weights
from .seekers import seeker_of
from .switch import ALL, scope_of_caller
from .views import FeatureView, WeightArgs, WishArgs, features_of

OTHERS = "You can compare two people of your organisation only"


class CompatibilityScore(Result, frozen=True, kw_only=True):
    """The score of two users from 0 to 1, its features, and its reasons in words."""

    score: float
    features: FeatureView
    explanation: list[str]


@internal_query
def compare(
    ctx: QueryCtx,
    user1_id: UserId,
    user2_id: UserId,
    user1_constraints: WishArgs,
    user2_constraints: WishArgs,
    custom_weights: WeightArgs | None = None,
) -> CompatibilityScore:
    """Return the score of two users.

    Raises:
        Forbidden: The caller is neither an operator nor an admin of both users' organisation.
        Invalid: A wish or a weight is outside its limits.
        NotFound: There is no such user.
    """
    scope = scope_of_caller(ctx)
    first, second = (_person(ctx, user_id, scope) for user_id in (user1_id, user2_id))
    one = seeker_of(ctx, first, user1_constraints.accepted())
    other = seeker_of(ctx, second, user2_constraints.accepted())
    weighed = weights.in_force(ctx)[1] if custom_weights is None else custom_weights.accepted()
    found = features(one, other)
    return CompatibilityScore(
        score=score(found, weighed), features=features_of(found), explanation=explanation(one, other, found)
    )


def _person(ctx: QueryCtx, user_id: UserId, scope: str) -> User:
    person = find_person(ctx, user_id)
    if scope != ALL and (person is None or person.org_id != scope):
        raise Forbidden(OTHERS, userId=user_id)
    if person is None:
        raise NotFound("User", user_id)
    return person
