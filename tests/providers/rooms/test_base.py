"""What holds for every carrier of media."""

import asyncio

import pytest

from connvo.providers.rooms.base import MediaRoom, RoomError, RoomMember, with_timeout
from connvo.providers.rooms.mesh import Mesh
from connvo.rules.recording_states import RecordingConfig

ROOM = MediaRoom(meeting_id="m", room_id="webrtc_m", people=4, owner_id="u")


def test_whoever_takes_too_long_is_slow() -> None:
    with pytest.raises(RoomError, match="nobody did not answer within 0") as caught:
        asyncio.run(with_timeout(0.01, "nobody", asyncio.sleep(60)))
    assert (caught.value.reason, caught.value.metadata) == ("slow", {"reason": "slow"})


def test_whoever_is_in_time_is_heard() -> None:
    assert asyncio.run(with_timeout(60, "somebody", asyncio.sleep(0, "an answer"))) == "an answer"


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
