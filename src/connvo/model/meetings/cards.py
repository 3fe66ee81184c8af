"""The view that other members have of a user: rosters show the user again after a change of it."""

from connvo.model import changes
from connvo.runtime.context import MutationCtx
from connvo.runtime.function import internal_mutation
from connvo.schema.meetings import MeetingState, Participant
from connvo.schema.users import UserId

BATCH = 50
_AFTERWARDS: dict[MeetingState, MeetingState] = {"active": "scheduled"}


def show_again(ctx: MutationCtx, user_id: UserId) -> None:
    """Show a user's new name, picture or visibility in the meetings that are not over, running ones first."""
    _show_in(ctx, user_id, "active", None)


@internal_mutation
def show_in_the_rest(ctx: MutationCtx, user_id: UserId, state: MeetingState, cursor: str) -> None:
    """Continue `show_again` after a batch."""
    _show_in(ctx, user_id, state, cursor)


def _show_in(ctx: MutationCtx, user_id: UserId, state: MeetingState, cursor: str | None) -> None:
    page = ctx.db.paginate(Participant, "by_user_state", user_id, state, cursor=cursor, size=BATCH)
    for member in page.items:
        changes.touch(ctx, member)
    if not page.done:
        ctx.scheduler.run_after(0, show_in_the_rest, user_id=user_id, state=state, cursor=page.cursor)
    elif state in _AFTERWARDS:
        _show_in(ctx, user_id, _AFTERWARDS[state], None)
