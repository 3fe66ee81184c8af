"""The roster of a meeting as changes, for clients that show it live. Beside the documented API.

A client asks for the whole roster first, and names the answer's milestone from then on. So one change of one member
costs each client a few rows, however many members there are.
"""

from typing import Annotated

from connvo.model import changes, roster
from connvo.model.access import require_member
from connvo.model.meetings.views import UserCard
from connvo.model.past_answers import shown_cards, shown_roster
from connvo.model.roster import RosterChanges
from connvo.rules.monitoring.shedding import Priority
from connvo.runtime.context import QueryCtx, SharedCtx
from connvo.runtime.function import paced, query, rechecked, shared_query
from connvo.schema.meetings import MeetingId

PRIORITY: Priority = "critical"


def _present_members(ctx: QueryCtx, meeting_id: MeetingId) -> None:
    """Admit the members of a meeting; if they are in the call, this is a heartbeat."""
    caller, own = require_member(ctx, meeting_id)
    if own.presence == "joined":
        ctx.heartbeat(meeting_id, caller.id)


@paced
@rechecked(shown_roster)
@shared_query(_present_members)
def changes_since(
    ctx: SharedCtx[None], meeting_id: MeetingId, since: Annotated[float | None, changes.SINCE] = None
) -> RosterChanges:
    """Return the changes of members and open sessions after the revision `since`, or the whole roster. For members.

    It is complete without `since`, and when later changes are no longer known. Members whom not all members may see
    have no name: `listPrivateCards` returns the names for the caller alone.

    Raises:
        Invalid: `since` is not finite.
    """
    return roster.changes_since(ctx, meeting_id, since)


@rechecked(shown_cards)
@query
def list_private_cards(ctx: QueryCtx, meeting_id: MeetingId) -> list[UserCard]:
    """Return the cards of members which the caller may see, but not all members. For members."""
    caller, own = require_member(ctx, meeting_id)
    return roster.private_cards(ctx, meeting_id, caller, own)
