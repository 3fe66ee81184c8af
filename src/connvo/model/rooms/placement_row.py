"""The stored placement of a meeting's room."""

from typing import TypedDict, Unpack

import msgspec

from connvo.rules.providers import Provider
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.rooms import OpenState, RoomPlacement


class Changes(TypedDict, total=False):
    """Fields of `RoomPlacement`."""

    state: OpenState
    reason: str | None
    since: float
    announced: Provider | None
    announced_at: float
    announced_reason: str | None
    prepared: bool
    left: Provider | None
    left_room: str | None
    tried: tuple[Provider, ...]
    tries: int


NOT_ANNOUNCED: Changes = {"announced": None, "announced_at": 0.0, "announced_reason": None, "prepared": False}


def placement_of(ctx: QueryCtx, meeting_id: MeetingId) -> RoomPlacement | None:
    """Return the placement of a meeting's room; None for a mesh that has never moved."""
    return ctx.db.first(RoomPlacement, "by_meeting", meeting_id)


def save(ctx: MutationCtx, meeting: Meeting, **changes: Unpack[Changes]) -> None:
    """Change the placement of a meeting's room. Its first row needs `state` and `since`."""
    held = placement_of(ctx, meeting.id)
    if held is not None:
        ctx.db.patch(held, **changes)
    else:
        made = RoomPlacement(meeting_id=meeting.id, state=changes["state"], since=changes["since"])
        ctx.db.insert(msgspec.structs.replace(made, **changes))
