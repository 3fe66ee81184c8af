"""Removal of an erased user from the matches of others."""

from connvo.rules.matching.features import Features
from connvo.runtime.context import MutationCtx
from connvo.schema.matching import Match, MatchAnswer

from . import matches


def forget_features(ctx: MutationCtx, side: MatchAnswer) -> None:
    """Empty what a match tells of a user whose side of it is erased."""
    match = ctx.db.get(Match, side.match_id)
    if match is None:
        return
    ctx.db.patch(match, features=Features(), explanation=())
    for other in matches.sides_of(ctx, match):
        ctx.db.patch(other, features=Features())
