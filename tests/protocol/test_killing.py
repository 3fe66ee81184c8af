"""The server is killed at random moments while official clients write: what was acknowledged is there, and once."""

import random
import time

import pytest

from tests.support.dose import dose

from .serving import SampleServer, Talker, given, node

KILLS = dose(4, 100)
WRITERS = ("a", "b")
HANDS = 4
PAUSE_MS = 10
MAX_LIFE = 0.2
SECONDS_PER_KILL = 12


@pytest.mark.timeout(60 + KILLS * SECONDS_PER_KILL)
def test_acknowledged_mutations_are_there_once_after_a_kill_at_any_time(server: SampleServer) -> None:
    writers = [
        Talker(node("writer.mjs"), given(server, name=name, writers=WRITERS, hands=HANDS, pauseMs=PAUSE_MS))
        for name in WRITERS
    ]
    moments = random.Random(17)
    try:
        for _ in range(KILLS):
            wait_until_all_write_again(writers)
            time.sleep(moments.uniform(0, MAX_LIFE))
            server.kill()
            server.start()
        for writer in writers:
            writer.say("finish")
        for writer in writers:
            writer.wait("finished")
        for writer in writers:
            writer.say("tell")
        told = [next(m for m in writer.heard if "finally" in m) for writer in writers if writer.wait("finally")]
        for writer in writers:
            writer.end()
    finally:
        for writer in writers:
            writer.kill()
    everything = told[0]["finally"]
    assert told[1]["finally"] == everything, "all see the same"
    for name, writer, message in zip(WRITERS, writers, told, strict=True):
        assert [m for m in writer.heard if "failed" in m] == []
        assert everything[name] == message["called"], "everything is there, once, in the order of the calls"
        assert len(writer.wait("acknowledged")) == len(everything[name]) > KILLS
        assert message["newest"] == {name: texts[::-1][:50] for name, texts in everything.items()}


def wait_until_all_write_again(writers: list[Talker]) -> None:
    """Return when every client has been answered since the server started."""
    for writer in writers:
        writer.wait("acknowledged", len(writer.wait("acknowledged", 0)) + 1)
