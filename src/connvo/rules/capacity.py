"""Which provider carries a meeting, and for how many people.

A small meeting goes peer to peer. A large or a recorded one goes to a managed provider where there is one, and
otherwise gets the mesh with what a mesh can carry; the answer states the number of people either way. Of how many
people will come nothing is known: the mesh, which moves when it has grown too large, if there is somewhere to move to.
"""

from collections.abc import Set as AbstractSet
from typing import Literal, TypeAlias

import msgspec

from .providers import MESH, Provider
from .room_placement import best

MeetingKind: TypeAlias = Literal["one-on-one", "small-group", "large-meeting", "webinar"]
LARGE_KINDS: frozenset[MeetingKind] = frozenset({"large-meeting", "webinar"})


class RoomRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What the organiser asks for; `people` counts the organiser too, and is `asked` for unless it is the default."""

    people: int
    asked: bool = True
    kind: MeetingKind | None = None
    recording: bool = False


class RoomChoice(msgspec.Struct, frozen=True):
    """What the meeting gets. `cap` is enforced on every way in."""

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
