"""Those who wait, as a cycle reads them: in pages, so that a long queue holds up no other call."""

import msgspec

from connvo.rules.matching.numbers import median
from connvo.rules.matching.scoring import Weights, score
from connvo.rules.matching.waiting import Waiting, bar, compared, may_meet
from connvo.runtime.context import QueryCtx
from connvo.runtime.function import internal_query
from connvo.runtime.wire import PaginationOptions, Result
from connvo.schema.matching import Match, QueueEntry
from connvo.store.schema import BY_CREATION

from . import entries, matches, weights

PAGE = 25
MAX_COUNTED = 1_000
HOUR_MS = 3_600_000.0
# The waiting time of fewer matches says nothing.
MIN_WAITS = 5
MAX_WAITS = 200


class PoolPage(Result, frozen=True, kw_only=True):
    """A page of those who wait, the longest waiting first; `cursor` continues after it, until `done`."""

    waiting: list[Waiting]
    cursor: str
    done: bool


class Standing(Result, frozen=True, kw_only=True):
    """How an entry stands: how many it could be paired with now, its place among them, and the usual wait in ms."""

    potential_matches: int
    queue_position: int
    estimated_wait_time: float | None = None


@internal_query
def read_page(ctx: QueryCtx, pagination_opts: PaginationOptions) -> PoolPage:
    """Return a page of those who wait, each with the users whom they may not meet."""
    page = ctx.db.paginate(QueueEntry, "by_status", "waiting", cursor=pagination_opts.cursor, size=PAGE)
    waiting = [
        entries.waiting_of(entry, matches.excluded_by(ctx, entry.user_id))
        for entry in page.items
        if entry.available_to > ctx.now
    ]
    return PoolPage(waiting=waiting, cursor=page.cursor, done=page.done)


def standing_of(ctx: QueryCtx, entry: QueueEntry) -> Standing:
    """Return how a waiting entry stands among up to a thousand others."""
    own = entries.waiting_of(entry, matches.excluded_by(ctx, entry.user_id) | matches.blocked_by(ctx, entry.user_id))
    # Vectors are left out: they would cost more than all else, and seldom move a pair across the bar.
    own = msgspec.structs.replace(own, seeker=msgspec.structs.replace(own.seeker, vector=None))
    _, weighed = weights.in_force(ctx)
    found = [
        other.waited_since
        for other in ctx.db.scan(QueueEntry, "by_status", "waiting", limit=MAX_COUNTED)
        if _could_pair(ctx, own, entries.waiting_of(other, frozenset()), weighed)
    ]
    return Standing(
        potential_matches=len(found),
        queue_position=sum(since < entry.waited_since for since in found) + 1,
        estimated_wait_time=_usual_wait(ctx),
    )


def waiting_count(ctx: QueryCtx, limit: int) -> int:
    """Return how many entries wait, up to a limit."""
    return ctx.db.count(QueueEntry, "by_status", "waiting", limit=limit)


def _could_pair(ctx: QueryCtx, own: Waiting, other: Waiting, weighed: Weights) -> bool:
    if not may_meet(own, other, ctx.now):
        return False
    least = ctx.settings.matching.min_score
    return score(compared(own, other), weighed) >= max(bar(one, least, ctx.now) for one in (own, other))


def _usual_wait(ctx: QueryCtx) -> float | None:
    found = ctx.db.scan(Match, BY_CREATION, since=ctx.now - HOUR_MS, reverse=True, limit=MAX_WAITS)
    waits = [wait for match in found for wait in match.waited]
    return median(waits) if len(found) >= MIN_WAITS else None
