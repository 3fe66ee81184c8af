"""The queue of users who want to meet others."""

from typing import Annotated

from connvo.kernel.errors import Conflict, Invalid, NotFound
from connvo.model.audit import audit
from connvo.model.matching import cycle, entries, pool, proposals
from connvo.model.matching.seekers import seeker_of
from connvo.model.matching.switch import require_matching_operator, require_seeker
from connvo.model.matching.views import EntryView, WishArgs, wishes_of
from connvo.rules.matching import states, windows
from connvo.rules.monitoring.shedding import Priority
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import mutation, query, rechecked
from connvo.runtime.normalization import Clamped
from connvo.schema.matching import EntryStatus, Match, QueueEntry, QueueId
from connvo.schema.users import UserId

PRIORITY: Priority = "low"

LIMIT = Clamped(1, 1_000, default=100)
HOUR_MS = Clamped(0, int(windows.HORIZON_MS), default=int(windows.HOUR_MS))


class QueueStanding(EntryView, frozen=True, kw_only=True):
    """The caller's open entry. Times in milliseconds.

    While it waits: `potentialMatches` could be paired with it now, `queuePosition` is its place among them, and
    `estimatedWaitTime` is the usual wait of the last hour, absent below five matches.
    """

    estimated_wait_time: float | None = None
    queue_position: float | None = None
    potential_matches: float | None = None


@mutation
def enter_matching_queue(
    ctx: MutationCtx, available_from: float, available_to: float, constraints: WishArgs
) -> QueueId:
    """Put the caller into the queue for 15 minutes to a day, within a week; return the entry's id.

    Up to a minute in the past counts as now. Wishes that differ only in case and separators count once.

    Raises:
        Conflict: The caller waits or is matched already.
        Invalid: The time or a wish is outside its limits.
        RateLimited: The caller has entered too often.
    """
    user = require_seeker(ctx)
    window = windows.accepted(available_from, available_to, ctx.now)
    seeker = seeker_of(ctx, user, constraints.accepted())
    entry = entries.enter(ctx, user.id, window, seeker)
    cycle.soon(ctx)
    return entry.id


@mutation
def cancel_queue_entry(ctx: MutationCtx, queue_id: QueueId | None = None) -> None:
    """Take the caller's entry out of the queue, or out of a match that both have accepted.

    A meeting that has not begun is cancelled, and the other user goes back to the queue without being told why.

    Raises:
        Conflict: The entry has ended, its proposal is to be answered instead, or the caller is in the meeting.
        NotFound: The caller has no such entry.
    """
    proposals.cancel(ctx, require_seeker(ctx).id, queue_id)


@query
def get_queue_status(ctx: QueryCtx) -> QueueStanding | None:
    """Return the caller's entry that waits or is matched, or null."""
    entry = entries.find_open(ctx, require_seeker(ctx).id)
    if entry is None or entries.is_over(ctx, entry):
        return None
    standing = pool.standing_of(ctx, entry) if entry.status == "waiting" else None
    return QueueStanding.from_row(
        entry,
        constraints=wishes_of(entry),
        potential_matches=standing and standing.potential_matches,
        queue_position=standing and standing.queue_position,
        estimated_wait_time=standing and standing.estimated_wait_time,
    )


def _still_waiting(ctx: QueryCtx, seen: list[EntryView], **_arguments: object) -> list[EntryView]:
    """Return the entries of a past list that wait now."""
    present = [(one, ctx.db.get(QueueEntry, one.id)) for one in seen]
    return [one for one, entry in present if entry is not None and entry.status == "waiting"]


@rechecked(_still_waiting)
@query
def get_active_queue_entries(
    ctx: QueryCtx,
    limit: Annotated[float | None, LIMIT] = None,
    time_window: Annotated[float | None, HOUR_MS] = None,
) -> list[EntryView]:
    """Return the entries that wait and whose time begins within `timeWindow`, the longest waiting first.

    For operators. Up to 1,000 entries, by default 100, and by default those of the next hour.

    Raises:
        Forbidden: The caller is not an operator.
    """
    require_matching_operator(ctx)
    latest = ctx.now + HOUR_MS.whole(time_window, "timeWindow")
    found = ctx.db.scan(QueueEntry, "by_status", "waiting", limit=LIMIT.most)
    current = [entry for entry in found if entry.available_from <= latest and entry.available_to > ctx.now]
    return [EntryView.from_row(entry, constraints=wishes_of(entry)) for entry in current[: LIMIT.whole(limit, "limit")]]


@mutation
def update_queue_status(
    ctx: MutationCtx, queue_id: QueueId, status: EntryStatus, matched_with: UserId | None = None
) -> None:
    """End a waiting entry, or take a proposal back. For operators.

    A matched entry goes back to `waiting` together with the other one, or is `cancelled` alone. Matches are made by
    cycles only.

    Raises:
        Conflict: The entry cannot take this step now.
        Forbidden: The caller is not an operator.
        Invalid: `matchedWith` is given, which only a cycle sets.
        NotFound: There is no such entry.
    """
    operator = require_matching_operator(ctx)
    if matched_with is not None:
        raise Invalid("Only a cycle matches two people", "matchedWith")
    entry = ctx.db.get(QueueEntry, queue_id)
    if entry is None:
        raise NotFound("Queue entry", queue_id)
    if entry.status == status:
        return
    match = None if entry.match_id is None else ctx.db.get(Match, entry.match_id)
    stuck = match is not None and match.state != "proposed"
    if not entry.is_open or stuck or not states.may_set(entry.status, status):
        raise Conflict(
            f"An entry that is {entry.status} cannot become {status} now", queueId=entry.id, status=entry.status
        )
    if status != "waiting":
        entries.close(ctx, entry, status)
    if match is not None:
        proposals.void(ctx, match)
    audit(
        ctx, "matching.set_status", entries.RESOURCE, entry.id, None if operator is None else operator.id, status=status
    )
