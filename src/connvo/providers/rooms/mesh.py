"""The mesh: media flows between peers, so there is nothing to open, enter or end."""

from connvo.rules.providers import MESH, Provider
from connvo.rules.recording_states import RecordingConfig

from .base import Access, MediaRoom, Recording, RoomError, RoomMember

_NOT_RECORDED = "A room whose media goes from peer to peer cannot be recorded"


class Mesh:
    """The provider without a service: it never fails."""

    name: Provider = MESH
    records = False

    async def open(self, room: MediaRoom) -> None:
        """Do nothing: the room exists with its members."""

    async def enter(self, room: MediaRoom, seat: RoomMember) -> Access:
        """Return an empty access: peers connect by signals that only members receive."""
        return Access()

    async def remove(self, room: MediaRoom, user_id: str) -> None:
        """Do nothing: peers see who has left."""

    async def set_host(self, room: MediaRoom, user_id: str, host: bool) -> None:
        """Do nothing: peers have no host rights."""

    async def end(self, room: MediaRoom) -> None:
        """Do nothing."""

    async def start_recording(self, room: MediaRoom, config: RecordingConfig) -> None:
        """Refuse to record.

        Raises:
            RoomError: Always.
        """
        raise RoomError("refused", _NOT_RECORDED)

    async def stop_recording(self, room: MediaRoom) -> None:
        """Refuse to stop recording.

        Raises:
            RoomError: Always.
        """
        raise RoomError("refused", _NOT_RECORDED)

    async def is_recording(self, room: MediaRoom) -> bool:
        """Return False."""
        return False

    async def recordings(self, room: MediaRoom) -> list[Recording]:
        """Return an empty list."""
        return []

    async def probe(self) -> None:
        """Do nothing."""
