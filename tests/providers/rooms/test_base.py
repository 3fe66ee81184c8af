"""What holds for every carrier of media."""

import asyncio

import pytest

from connvo.providers.rooms.base import MediaRoom, RoomError, RoomMember, deadline
from connvo.providers.rooms.mesh import Mesh
from connvo.rules.recording_states import RecordingConfig

ROOM = MediaRoom(meeting_id="m", room_id="webrtc_m", people=4, owner_id="u")


async def held_for(seconds: float, limit: float) -> str:
    async with deadline(limit, "the provider"):
        await asyncio.sleep(seconds)
        return "an answer"


def test_a_call_beyond_its_deadline_is_slow() -> None:
    with pytest.raises(RoomError, match="the provider did not answer within 0") as caught:
        asyncio.run(held_for(60, limit=0.01))
    assert (caught.value.reason, caught.value.metadata) == ("slow", {"reason": "slow"})


def test_a_call_within_its_deadline_gives_its_answer() -> None:
    assert asyncio.run(held_for(0, limit=60)) == "an answer"


def test_the_mesh_is_always_there_and_records_nothing() -> None:
    async def use() -> None:
        mesh = Mesh()
        await mesh.probe()
        await mesh.open(ROOM)
        access = await mesh.enter(ROOM, RoomMember(user_id="u", session_id="s", name="Una"))
        assert (access.url, access.token, access.feed_id) == (None, None, None)
        await mesh.remove(ROOM, "u")
        await mesh.set_host(ROOM, "u", host=True)
        assert await mesh.recordings(ROOM) == []
        assert not await mesh.is_recording(ROOM)
        with pytest.raises(RoomError, match="peer to peer"):
            await mesh.start_recording(ROOM, RecordingConfig())
        with pytest.raises(RoomError, match="peer to peer"):
            await mesh.stop_recording(ROOM)
        await mesh.end(ROOM)

    asyncio.run(use())
