"""Feedback of members on prompts, one row for each."""

from connvo.kernel.errors import NotFound
from connvo.model.meetings.members import member_of
from connvo.runtime.context import MutationCtx
from connvo.schema.prompts import Feedback, Prompt, PromptFeedback, PromptId
from connvo.schema.users import UserId

from .views import DISMISSED, may_see


def give(ctx: MutationCtx, prompt_id: PromptId, user_id: UserId, feedback: Feedback) -> None:
    """Record a member's feedback on a prompt, in place of their earlier one. The same again changes nothing.

    Raises:
        NotFound: There is no such prompt, or it is not meant for the user.
    """
    prompt = ctx.db.get(Prompt, prompt_id)
    member = None if prompt is None else member_of(ctx, prompt.meeting_id, user_id)
    if prompt is None or member is None or not may_see(ctx, member, prompt):
        raise NotFound("Prompt", prompt_id)
    earlier = ctx.db.first(PromptFeedback, "by_prompt", prompt_id, user_id)
    if earlier is not None and earlier.feedback == feedback:
        return
    used_at = None if earlier is None else earlier.used_at
    if feedback == "used" and used_at is None:
        used_at = ctx.now
    dismissed_at = ctx.now if feedback == DISMISSED else None
    if earlier is None:
        row = PromptFeedback(
            meeting_id=prompt.meeting_id,
            prompt_id=prompt_id,
            user_id=user_id,
            kind=prompt.kind,
            feedback=feedback,
            used_at=used_at,
            dismissed_at=dismissed_at,
            updated_at=ctx.now,
        )
        ctx.db.insert(row)
    else:
        ctx.db.patch(earlier, feedback=feedback, used_at=used_at, dismissed_at=dismissed_at, updated_at=ctx.now)
    if not prompt.rated:
        ctx.db.patch(prompt, rated=True)
