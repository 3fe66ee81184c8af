"""Entries of the queue: each user has at most one that is open.

Guarantees:
    An entry is matched exactly while it has the id of an open match, or of one that its user still looks at.
    A user who goes back to the queue keeps the time they have waited, unless they let a proposal lapse.
"""

from connvo.kernel.errors import Conflict, NotFound
from connvo.model.audit import audit
from connvo.model.rate_limits import charge
from connvo.rules.matching.seekers import Seeker, closed
from connvo.rules.matching.states import AGREED, EntryStatus, after_lapse
from connvo.rules.matching.waiting import Waiting
from connvo.rules.matching.windows import MIN_COMMON_MS, Window
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.matching import Match, QueueEntry, QueueId
from connvo.schema.users import UserId
from connvo.telemetry.instruments import QUEUE_ENTRIES

from . import meeting_of_match

RESOURCE = "matchingQueue"
ACTION = "enterMatchingQueue"
BURST, PER_SECOND = 5.0, 1 / 60


def find_open(ctx: QueryCtx, user_id: UserId) -> QueueEntry | None:
    """Return the open entry of a user, or None."""
    return ctx.db.first(QueueEntry, "by_open", user_id, True)


def enter(ctx: MutationCtx, user_id: UserId, window: Window, seeker: Seeker) -> QueueEntry:
    """Put a user into the queue; return the entry.

    Raises:
        Conflict: The user has an open entry.
        RateLimited: The user has entered too often.
    """
    held = find_open(ctx, user_id)
    if held is not None and not is_over(ctx, held):
        raise Conflict(_why_held(ctx, held), queueId=held.id, status=held.status)
    if held is not None:
        close(ctx, held, held.status)
    charge(ctx, user_id, ACTION, "", BURST, PER_SECOND)
    entry = ctx.db.insert(
        QueueEntry(
            user_id=user_id,
            available_from=window.start,
            available_to=window.end,
            seeker=seeker,
            waited_since=ctx.now,
            created_at=ctx.now,
            updated_at=ctx.now,
        )
    )
    ctx.record(QUEUE_ENTRIES, status=entry.status)
    audit(ctx, "matching.enter", RESOURCE, entry.id, user_id)
    return entry


def hide_profile(ctx: MutationCtx, user_id: UserId) -> None:
    """Forget what a user's open entry knows of their profile, which they have closed."""
    entry = find_open(ctx, user_id)
    if entry is not None:
        ctx.db.patch(entry, seeker=closed(entry.seeker))


def find_own(ctx: QueryCtx, user_id: UserId, queue_id: QueueId | None) -> QueueEntry:
    """Return a user's entry, by default the open one.

    Raises:
        NotFound: The user has no such entry.
    """
    entry = find_open(ctx, user_id) if queue_id is None else ctx.db.get(QueueEntry, queue_id)
    if entry is None or entry.user_id != user_id:
        raise NotFound("Queue entry", queue_id)
    return entry


def is_over(ctx: QueryCtx, entry: QueueEntry) -> bool:
    """Return whether an open entry holds its user back no longer: their meeting is over, or its time."""
    match = None if entry.match_id is None else ctx.db.get(Match, entry.match_id)
    if match is None:
        return entry.match_id is not None or (entry.status == "waiting" and entry.available_to <= ctx.now)
    return match.state in AGREED and meeting_of_match.is_past(ctx, match, entry.user_id)


def match(ctx: MutationCtx, entry: QueueEntry, match: Match, other: UserId) -> None:
    """Give a waiting entry a match."""
    ctx.record(QUEUE_ENTRIES, status="matched")
    ctx.db.patch(entry, status="matched", match_id=match.id, matched_with=other, updated_at=ctx.now)


def back(ctx: MutationCtx, entry: QueueEntry) -> None:
    """Put a matched entry back into the queue at its old place, or end it if too little of its time is left."""
    _back(ctx, entry, entry.lapses, entry.waited_since)


def back_after_lapse(ctx: MutationCtx, entry: QueueEntry) -> None:
    """Put an entry whose user did not answer at the end of the queue; after too many lapses it ends."""
    _back(ctx, entry, entry.lapses + 1, ctx.now)


def close(ctx: MutationCtx, entry: QueueEntry, status: EntryStatus) -> QueueEntry:
    """End an entry with a status; return it."""
    if status != entry.status:
        ctx.record(QUEUE_ENTRIES, status=status)
    return ctx.db.patch(entry, status=status, is_open=False, updated_at=ctx.now)


def waiting_of(entry: QueueEntry, excluded: frozenset[str]) -> Waiting:
    """Return an entry as the rules see it."""
    return Waiting(
        entry_id=entry.id,
        user_id=entry.user_id,
        window=Window(entry.available_from, entry.available_to),
        waited_since=entry.waited_since,
        seeker=entry.seeker,
        excluded=excluded,
    )


def _why_held(ctx: QueryCtx, entry: QueueEntry) -> str:
    """Return why a user cannot enter, and the step that lets them."""
    match = None if entry.match_id is None else ctx.db.get(Match, entry.match_id)
    if match is None:
        return "You are waiting already: cancel that entry first"
    if match.state == "proposed":
        return "You have been matched already: answer the proposal first"
    if meeting_of_match.is_in(ctx, match, entry.user_id):
        return "You are in the meeting of your match: leave it first"
    return "You have a meeting with your match: cancel that entry first, which calls a meeting off that has not begun"


def _back(ctx: MutationCtx, entry: QueueEntry, lapses: int, waited_since: float) -> None:
    status = after_lapse(lapses)
    if entry.available_to - ctx.now < MIN_COMMON_MS:
        status = "expired"
    ctx.record(QUEUE_ENTRIES, status=status)
    ctx.db.patch(
        entry,
        status=status,
        is_open=status == "waiting",
        match_id=None,
        matched_with=None,
        lapses=lapses,
        waited_since=waited_since,
        updated_at=ctx.now,
    )
