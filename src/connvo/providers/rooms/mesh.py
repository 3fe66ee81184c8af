"""The mesh: peers talk to each other, so there is nothing to open, to enter or to end."""

from connvo.rules.providers import MESH, Provider
from connvo.rules.recording_states import RecordingConfig

from .base import Access, MediaRoom, Recording, RoomError, RoomMember

_NOT_RECORDED = "Nothing can record a room whose media goes from peer to peer"


class Mesh:
    """No service at all: it never fails."""

    name: Provider = MESH
    records = False

    async def open(self, room: MediaRoom) -> None:
        """Do nothing: the room is there with its members."""

    async def enter(self, room: MediaRoom, seat: RoomMember) -> Access:
        """Return nothing: peers let each other in, by signals that only members get."""
        return Access()

    async def remove(self, room: MediaRoom, user_id: str) -> None:
        """Do nothing: peers see who has left."""

    async def set_host(self, room: MediaRoom, user_id: str, host: bool) -> None:
        """Do nothing: hosts have no rights of their own among peers."""

    async def end(self, room: MediaRoom) -> None:
        """Do nothing."""

    async def start_recording(self, room: MediaRoom, config: RecordingConfig) -> None:
        """Raise RoomError."""
        raise RoomError("refused", _NOT_RECORDED)

    async def stop_recording(self, room: MediaRoom) -> None:
        """Raise RoomError."""
        raise RoomError("refused", _NOT_RECORDED)

    async def is_recording(self, room: MediaRoom) -> bool:
        """Return that it is not."""
        return False

    async def recordings(self, room: MediaRoom) -> list[Recording]:
        """Return nothing."""
        return []

    async def probe(self) -> None:
        """Do nothing."""
