"""Feedback on prompts."""

from connvo.model.access import require_user
from connvo.model.prompts.feedback import give
from connvo.model.rate_limits import charge
from connvo.runtime.context import MutationCtx
from connvo.runtime.function import mutation
from connvo.schema.prompts import Feedback, PromptId

ACTION = "promptFeedback"
BURST = 60.0
RATE = 1.0
EVERYWHERE = ""


@mutation
def update_prompt_feedback(ctx: MutationCtx, prompt_id: PromptId, feedback: Feedback) -> None:
    """Record the caller's own feedback on a prompt, in place of an earlier one. For members for whom it is meant.

    The caller does not see a dismissed prompt any more. A kind of nudge that they dismiss twice in a meeting rests for
    them for ten minutes, and from the fourth time on they get no more of that kind there.

    Raises:
        NotFound: There is no such prompt, or it is not meant for the caller.
        RateLimited: The caller has given feedback too often.
    """
    caller = require_user(ctx)
    charge(ctx, caller.id, ACTION, EVERYWHERE, BURST, RATE)
    give(ctx, prompt_id, caller.id, feedback)
