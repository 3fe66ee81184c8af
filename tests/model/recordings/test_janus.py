"""The same functions record a room at a real Janus, where each track becomes a file of its own."""

import json
from collections.abc import Callable
from pathlib import Path

from connvo.providers.rooms.janus_files import MJR_MARK
from tests.support.backend import Backend
from tests.support.hall import STREAM
from tests.support.janus import JanusServer
from tests.support.scene import Scene

US_PER_MS = 1000


def put_track(folder: Path, name: str, at_ms: float) -> None:
    """Write the beginning of what Janus writes of a track."""
    head = json.dumps({"t": "a", "s": int(at_ms * US_PER_MS)}).encode()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(MJR_MARK + len(head).to_bytes(2, "big") + head)


def test_a_room_at_janus_is_recorded_into_files(make_backend: Callable[..., Backend], tmp_path: Path) -> None:
    with JanusServer(tmp_path, record=True) as janus:
        settings = janus.settings
        assert settings.recordings is not None
        scene = Scene(make_backend(janus=settings))
        scene.meeting_id = scene.create(scene.host, recordingEnabled=True, maxParticipants=8)
        scene.start()
        where = {"meetingId": scene.meeting_id}
        started = scene.host.call(f"{STREAM}:startRecording", **where)
        [entry] = scene.host.call(f"{STREAM}:getRecordings", **where)
        assert (entry["state"], entry["provider"]) == ("recording", "janus")
        [room] = janus.rooms()
        assert room == f"janus_{scene.meeting_id}"
        put_track(settings.recordings / room, "audio.mjr", scene.backend.now_ms)
        scene.backend.advance(20)
        stopped = scene.host.call(f"{STREAM}:stopRecording", **where)
        assert (stopped["success"], stopped["recordingId"]) == (True, started["recordingId"])
        [entry] = scene.host.call(f"{STREAM}:getRecordings", **where)
        assert (entry["state"], [file["name"] for file in entry["files"]]) == ("ready", ["audio.mjr"])
        assert "url" not in entry["files"][0] and entry["files"][0]["bytes"] > 0


def test_without_a_folder_for_them_janus_records_nothing(make_backend: Callable[..., Backend], tmp_path: Path) -> None:
    with JanusServer(tmp_path) as janus:
        scene = Scene(make_backend(janus=janus.settings))
        scene.meeting_id = scene.create(scene.host, recordingEnabled=True, maxParticipants=8)
        scene.start()
        failed = scene.host.fails(f"{STREAM}:startRecording", "UNSUPPORTED_BY_PROVIDER", meetingId=scene.meeting_id)
        assert failed.metadata == {"provider": "janus"}
