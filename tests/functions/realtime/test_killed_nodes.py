"""A node is killed while clients write "in batches": everything that was answered is there when it starts again."""

import threading
from http.client import HTTPException
from pathlib import Path
from typing import Any

from tests.browser.mortal import MortalServer
from tests.support import outside
from tests.support.live import LiveServer

APPLY = "realtime/batchedOperations:batchApplyNoteOperation"
ANSWERED = 40
TIMEOUT_SECONDS = 60.0


def test_every_operation_answered_as_queued_survives_a_kill(tmp_path: Path) -> None:
    outside.needs("processes to kill")
    node = MortalServer(tmp_path)
    node.start()
    server = LiveServer(node.url, tmp_path / "data")
    token = server.token("ann")
    server.call(token, "users/mutations:upsertUser", workosUserId="ann", email="ann@example.org")
    meeting = server.call(token, "meetings/lifecycle:createMeeting", title="Planning")["meetingId"]
    sequences: list[float] = []
    enough = threading.Event()

    def write() -> None:
        while len(sequences) < 10 * ANSWERED:
            count = len(sequences)
            operation = {"type": "insert", "position": count, "content": "x"}
            args: dict[str, Any] = {"operation": operation, "clientSequence": count, "expectedVersion": count}
            try:
                answer = server.call(token, APPLY, meetingId=meeting, **args)
            except (OSError, HTTPException):
                return
            assert answer["queued"] is True
            sequences.append(answer["serverSequence"])
            if len(sequences) >= ANSWERED:
                enough.set()

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    assert enough.wait(TIMEOUT_SECONDS)
    node.kill()
    writer.join(TIMEOUT_SECONDS)
    node.start()
    notes = server.call(token, "realtime/subscriptions:subscribeMeetingNotes", meetingId=meeting)
    node.kill()
    assert sequences == [float(number) for number in range(1, len(sequences) + 1)]
    # The last call may have been carried out without being answered.
    assert len(notes["content"]) in (len(sequences), len(sequences) + 1)
