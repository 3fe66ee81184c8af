"""Feedback on insights, and their deletion."""

from connvo.kernel import text
from connvo.kernel.errors import Forbidden, Invalid
from connvo.model.audit import audit
from connvo.model.insights import people
from connvo.model.insights.access import require_insight
from connvo.runtime.context import MutationCtx
from connvo.runtime.function import mutation
from connvo.runtime.wire import Args
from connvo.schema.insights import InsightId

MIN_RATING, MAX_RATING = 1, 5
NOTES_LENGTH = 1_000


class InsightFeedback(Args, frozen=True, kw_only=True):
    """Feedback of the owner; what is absent stays as it is. `rating`: a whole number from 1 to 5."""

    read: bool | None = None
    useful: bool | None = None
    rating: float | None = None
    notes: str | None = None


@mutation
def update_insights_feedback(ctx: MutationCtx, insight_id: InsightId, feedback: InsightFeedback) -> None:
    """Store the caller's feedback on their own insight. For its owner.

    Raises:
        Forbidden: The caller is an admin who may see the insight, but not its owner.
        Invalid: The rating is no whole number from 1 to 5, or the notes have more than 1,000 characters.
        NotFound: The caller may see no such insight.
    """
    insight, owner, caller = require_insight(ctx, insight_id)
    if owner.id != caller.id:
        raise Forbidden("Only the owner can rate an insight", userId=owner.id)
    changes: dict[str, object] = {}
    if feedback.read is not None:
        changes["read"] = feedback.read
    if feedback.useful is not None:
        changes["useful"] = feedback.useful
    if feedback.rating is not None:
        changes["rating"] = _rating(feedback.rating)
    if feedback.notes is not None:
        changes["notes"] = text.paragraph(feedback.notes, "notes", NOTES_LENGTH)
    ctx.db.patch(insight, **changes)


@mutation
def delete_insights(ctx: MutationCtx, insight_id: InsightId) -> None:
    """Delete an insight with its recommendations; it is not made again. For its owner, and admins of the organisation.

    Raises:
        NotFound: The caller may see no such insight.
    """
    insight, owner, caller = require_insight(ctx, insight_id)
    people.delete(ctx, insight)
    audit(ctx, "insights.delete", "insights", insight.id, caller.id, ownerId=owner.id)


def _rating(value: float) -> int:
    if not MIN_RATING <= value <= MAX_RATING or value != int(value):
        message = f"A rating is a whole number from {MIN_RATING} to {MAX_RATING}"
        raise Invalid(message, "rating", minimum=MIN_RATING, maximum=MAX_RATING)
    return int(value)
