"""Daily sums of matches: one row per day for all, and one per organisation. They name no user."""

from datetime import UTC, datetime

from connvo.kernel.clock import MS
from connvo.rules.matching import numbers
from connvo.rules.matching.numbers import Sums
from connvo.rules.matching.windows import DAY_MS
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.matching import Match, MatchAnswer, MatchingDay, QueueEntry
from connvo.schema.users import UserId

from .switch import ALL


def record(ctx: MutationCtx, match: Match, sums: Sums) -> None:
    """Add to the sums of the day on which a match was proposed. Its users are counted with the proposal."""
    day = day_of(match.created_at)
    for org_id in (ALL, *match.org_ids):
        row = ctx.db.first(MatchingDay, "by_day", org_id, day)
        people = _newcomers(ctx, match, org_id) if sums.proposed and org_id != ALL else 0
        if row is None:
            ctx.db.insert(MatchingDay(org_id=org_id, day=day, sums=sums, people=people))
        else:
            ctx.db.patch(row, sums=numbers.add(row.sums, sums), people=row.people + people)


def since(ctx: QueryCtx, org_id: str, at: float) -> list[MatchingDay]:
    """Return the days of an organisation from the day of a time on, the oldest first.

    Days on which fewer than five of its users were in matches are left out, as they would tell of persons. So is their
    part of every sum, or the difference of two sums would be such a day.
    """
    found = ctx.db.scan(MatchingDay, "by_day", org_id, since=day_of(at))
    return [day for day in found if org_id == ALL or day.people >= numbers.MIN_PEOPLE]


def day_of(at: float) -> str:
    """Return the day (UTC) of a time in ms, as 2026-12-31."""
    return datetime.fromtimestamp(at / MS, UTC).date().isoformat()


def _newcomers(ctx: QueryCtx, match: Match, org_id: str) -> int:
    """Return how many users of an organisation are in a match, and in no match of its day that is counted already."""
    found = [ctx.db.get(QueueEntry, entry_id) for entry_id in (match.first_entry, match.second_entry)]
    users = [entry.user_id for entry in found if entry is not None and entry.seeker.org_id == org_id]
    return sum(not _is_counted(ctx, match, user_id, org_id) for user_id in users)


def _is_counted(ctx: QueryCtx, match: Match, user_id: UserId, org_id: str) -> bool:
    start = match.created_at - match.created_at % DAY_MS
    sides = ctx.db.scan(MatchAnswer, "by_user", user_id, since=start, before=start + DAY_MS)
    others = [ctx.db.get(Match, side.match_id) for side in sides if side.match_id != match.id]
    return any(one is not None and one.state != "proposed" and org_id in one.org_ids for one in others)
