"""Rooms with four seats: a rule that no row states, only the number of rows, so it needs serialisable transactions."""

from typing import NewType

from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import mutation, query
from connvo.store.schema import Document, table

SeatId = NewType("SeatId", str)
SEATS = 4


@table("clusterSeats", 19102, id_type=SeatId, indexes={"by_room": ("room", "person")})
class Seat(Document, frozen=True, kw_only=True):
    """Somebody in a room."""

    id: SeatId = SeatId("")
    room: str
    person: str


@mutation
def enter(ctx: MutationCtx, room: str, person: str) -> bool:
    """Let somebody in, if there is a seat; return whether they are in."""
    inside = ctx.db.scan(Seat, "by_room", room)
    if any(seat.person == person for seat in inside):
        return True
    if len(inside) >= SEATS:
        return False
    ctx.db.insert(Seat(room=room, person=person))
    return True


@mutation
def leave(ctx: MutationCtx, room: str, person: str) -> None:
    """Let somebody out."""
    for seat in ctx.db.scan(Seat, "by_room", room, person):
        ctx.db.delete(seat)


@query
def people(ctx: QueryCtx, room: str) -> list[str]:
    """Return who is in a room."""
    return [seat.person for seat in ctx.db.scan(Seat, "by_room", room)]
