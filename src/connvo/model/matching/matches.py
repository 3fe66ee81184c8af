"""Matches and the two sides of each: who is in it, and who was matched with whom lately."""

from connvo.model.meetings.members import find_person
from connvo.rules.matching.windows import DAY_MS
from connvo.runtime.context import QueryCtx
from connvo.schema.blocks import UserBlock
from connvo.schema.matching import Match, MatchAnswer, MatchId, QueueEntry
from connvo.schema.users import User, UserId

# After a proposal that lapsed, the two may meet again sooner.
LAPSED_MS = DAY_MS
MAX_MATCHES_LOOKED_AT = 500
MAX_BLOCKS_LOOKED_AT = 1_000


def side_of(ctx: QueryCtx, match_id: MatchId, user_id: UserId) -> MatchAnswer | None:
    """Return a user's side of a match, or None."""
    return ctx.db.first(MatchAnswer, "by_match", match_id, user_id)


def sides_of(ctx: QueryCtx, match: Match) -> list[MatchAnswer]:
    """Return the sides of a match that are stored: both, or one after the erasure of the other user."""
    found = [side_of(ctx, match.id, user_id) for user_id in (match.first_id, match.second_id)]
    return [side for side in found if side is not None]


def entries_of(ctx: QueryCtx, match: Match) -> list[QueueEntry]:
    """Return the entries of a match that still belong to it."""
    found = [ctx.db.get(QueueEntry, entry_id) for entry_id in (match.first_entry, match.second_entry)]
    return [entry for entry in found if entry is not None and entry.match_id == match.id and entry.is_open]


def other_of(match: Match, user_id: UserId) -> UserId:
    """Return the other user of a match."""
    return match.second_id if match.first_id == user_id else match.first_id


def excluded_by(ctx: QueryCtx, user_id: UserId) -> frozenset[str]:
    """Return the users whom a user has blocked, or was matched with lately."""
    blocked = ctx.db.scan(UserBlock, "by_pair", user_id, limit=MAX_BLOCKS_LOOKED_AT)
    return frozenset({one.blocked_user_id for one in blocked} | _matched_lately(ctx, user_id))


def blocked_by(ctx: QueryCtx, user_id: UserId) -> frozenset[str]:
    """Return the users who have blocked a user."""
    found = ctx.db.scan(UserBlock, "by_blocked", user_id, limit=MAX_BLOCKS_LOOKED_AT)
    return frozenset(one.user_id for one in found)


def are_kept_apart(ctx: QueryCtx, first: UserId, second: UserId) -> bool:
    """Return whether one of two users has blocked the other."""
    pairs = ((first, second), (second, first))
    return any(ctx.db.first(UserBlock, "by_pair", *pair) is not None for pair in pairs)


def were_matched_lately(ctx: QueryCtx, first: UserId, second: UserId) -> bool:
    """Return whether two users were matched so lately that they are not matched again."""
    found = ctx.db.scan(MatchAnswer, "by_pair", first, second, after=_since(ctx), reverse=True)
    return any(_counts(ctx, side) for side in found)


def people_of(ctx: QueryCtx, match: Match) -> tuple[User, User] | None:
    """Return both users of a match, if their accounts are active."""
    first, second = find_person(ctx, match.first_id), find_person(ctx, match.second_id)
    return None if first is None or second is None else (first, second)


def _matched_lately(ctx: QueryCtx, user_id: UserId) -> set[str]:
    found = ctx.db.scan(MatchAnswer, "by_user", user_id, after=_since(ctx), reverse=True, limit=MAX_MATCHES_LOOKED_AT)
    return {side.other_id for side in found if _counts(ctx, side)}


def _since(ctx: QueryCtx) -> float:
    return ctx.now - ctx.settings.matching.again_days * DAY_MS


def _counts(ctx: QueryCtx, side: MatchAnswer) -> bool:
    return not side.lapsed or side.created_at > ctx.now - LAPSED_MS
