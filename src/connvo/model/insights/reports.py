"""The report of a meeting: stored once, revised under what people have changed, and deleted with its words.

Guarantees: an item that a person edited, ticked or deleted stays so in every later revision.
"""

from connvo.kernel.errors import NotFound
from connvo.model import embedding_tasks
from connvo.model.audit import audit
from connvo.rules.insights import revisions
from connvo.rules.insights.report import Item, Link, Report
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.insights import Insight, ItemRating, ItemVote, MeetingReport, Recommendation
from connvo.schema.meetings import MeetingId
from connvo.schema.users import UserId

RESOURCE = "meetingReports"
# More than the attendees of any meeting have together.
MOST_ROWS = 5_000


def find(ctx: QueryCtx, meeting_id: MeetingId) -> MeetingReport | None:
    """Return the report of a meeting, or None."""
    return ctx.db.first(MeetingReport, "by_meeting", meeting_id)


def require(ctx: QueryCtx, meeting_id: MeetingId, item_id: str) -> tuple[MeetingReport, Item]:
    """Return the report of a meeting and one of its items.

    Raises:
        NotFound: There is no such item.
    """
    row = find(ctx, meeting_id)
    item = None if row is None else revisions.find(row.report, item_id)
    if row is None or item is None:
        raise NotFound("Item", item_id)
    return row, item


def store(
    ctx: MutationCtx, meeting_id: MeetingId, revision: int, report: Report, links: tuple[Link, ...]
) -> MeetingReport:
    """Store a revision, with what people changed in the one before it; return it."""
    embedding_tasks.report_changed(ctx, meeting_id)
    row = find(ctx, meeting_id)
    if row is None:
        made = MeetingReport(
            meeting_id=meeting_id,
            revision=revision,
            report=report,
            links=links,
            created_at=ctx.now,
            updated_at=ctx.now,
        )
        return ctx.db.insert(made)
    merged = revisions.merged(row.report, report, row.removed)
    return ctx.db.patch(row, revision=revision, report=merged, links=links, updated_at=ctx.now)


def edit(ctx: MutationCtx, row: MeetingReport, item: Item, changed: Item, actor: UserId) -> MeetingReport:
    """Replace an item by what a person made of it; return the report."""
    audit(ctx, "report.edit_item", RESOURCE, row.id, actor, kind=item.kind)
    removed = row.removed if changed.text == item.text else _with_removed(row, item)
    embedding_tasks.report_item_changed(ctx, row.meeting_id, item.id)
    return ctx.db.patch(row, report=revisions.replaced(row.report, changed), removed=removed, updated_at=ctx.now)


def delete(ctx: MutationCtx, row: MeetingReport, item: Item, actor: UserId) -> MeetingReport:
    """Delete an item for all later revisions; return the report."""
    embedding_tasks.report_item_changed(ctx, row.meeting_id, item.id)
    row = ctx.db.patch(
        row,
        report=revisions.without(row.report, item.id),
        removed=_with_removed(row, item),
        updated_at=ctx.now,
    )
    for rating in ctx.db.scan(ItemRating, "by_item", row.meeting_id, item.id, limit=MOST_ROWS):
        ctx.db.delete(rating)
    audit(ctx, "report.delete_item", RESOURCE, row.id, actor, kind=item.kind)
    return row


def rate(ctx: MutationCtx, row: MeetingReport, item: Item, user_id: UserId, vote: ItemVote | None) -> None:
    """Record a member's vote on an item; without a vote, remove theirs."""
    held = ctx.db.first(ItemRating, "by_item", row.meeting_id, item.id, user_id)
    if vote is None:
        if held is not None:
            ctx.db.delete(held)
        return
    if held is not None:
        ctx.db.patch(held, vote=vote, at=ctx.now)
        return
    ctx.db.insert(
        ItemRating(
            meeting_id=row.meeting_id,
            user_id=user_id,
            item_id=item.id,
            kind=item.kind,
            source=row.report.source,
            vote=vote,
            at=ctx.now,
        )
    )


def drop(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Delete the report of a meeting, with the votes on it and the insights of everyone."""
    row = find(ctx, meeting_id)
    if row is not None:
        ctx.db.delete(row)
    embedding_tasks.report_deleted(ctx, meeting_id)
    for index, kind in (("by_item", ItemRating), ("by_meeting", Insight), ("by_other", Recommendation)):
        for found in ctx.db.scan(kind, index, meeting_id, limit=MOST_ROWS):
            ctx.db.delete(found)


def _with_removed(row: MeetingReport, item: Item) -> tuple[Item, ...]:
    return (*row.removed, item)[-revisions.MAX_REMOVED :]
