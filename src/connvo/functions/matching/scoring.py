"""The score of two users."""

from connvo.model.matching.comparing import CompatibilityScore, compare
from connvo.model.matching.views import WeightArgs, WishArgs
from connvo.rules.monitoring.shedding import Priority
from connvo.runtime.context import ActionCtx
from connvo.runtime.function import action
from connvo.schema.users import UserId

PRIORITY: Priority = "low"


@action
async def calculate_compatibility_score(
    ctx: ActionCtx,
    user1_id: UserId,
    user2_id: UserId,
    user1_constraints: WishArgs,
    user2_constraints: WishArgs,
    custom_weights: WeightArgs | None = None,
) -> CompatibilityScore:
    """Return how well two users with these wishes go together, the same in both orders.

    For operators, and for admins about two users of their organisation. An unknown feature is shown as 0.5 and does
    not count. Whether the two may meet is another question.

    Raises:
        Forbidden: The caller is neither an operator nor an admin of both users' organisation.
        Invalid: A wish is outside its limits, a weight is negative or not finite, or all weights are 0.
        NotFound: There is no such user.
    """
    return await ctx.run_query(
        compare,
        user1_id=user1_id,
        user2_id=user2_id,
        user1_constraints=user1_constraints,
        user2_constraints=user2_constraints,
        custom_weights=custom_weights,
    )
