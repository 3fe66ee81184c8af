"""The choice of provider for a meeting, and its participant limit.

A small meeting goes peer to peer. A large or recorded one goes to a managed provider if there is one; otherwise it gets
the mesh, with the mesh's participant limit. If the number of participants was not given, the meeting starts on the mesh
and moves when it grows too large and a managed provider is available.
"""

from collections.abc import Set as AbstractSet
from typing import Literal, TypeAlias

import msgspec

from .providers import MESH, Provider
from .room_placement import best

MeetingKind: TypeAlias = Literal["one-on-one", "small-group", "large-meeting", "webinar"]
LARGE_KINDS: frozenset[MeetingKind] = frozenset({"large-meeting", "webinar"})


class RoomRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The organiser's request. `people` includes the organiser; `asked` is false if it is the default."""

    people: int
    asked: bool = True
    kind: MeetingKind | None = None
    recording: bool = False


class RoomChoice(msgspec.Struct, frozen=True):
    """The provider, participant limit and recording of a meeting. `cap` is enforced on every join."""

    provider: Provider
    cap: int
    recording: bool


def choose(wish: RoomRequest, available: AbstractSet[Provider], mesh_people: int, managed_people: int) -> RoomChoice:
    """Return the provider, the cap and whether recording is possible.

    `available` are the providers this meeting may use: configured, and granted to its organiser.
    """
    large = wish.people > mesh_people
    managed = best(available - {MESH})
    if managed is None:
        return RoomChoice(MESH, min(wish.people, mesh_people), recording=False)
    if (large and wish.asked) or wish.kind in LARGE_KINDS or wish.recording:
        return RoomChoice(managed, min(wish.people, managed_people), wish.recording)
    return RoomChoice(MESH, min(wish.people, managed_people), recording=False)
