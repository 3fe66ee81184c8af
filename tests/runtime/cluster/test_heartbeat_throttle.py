"""Heartbeats are written rarely: once per member and interval, whatever a member does."""

from structlog.testing import capture_logs

from connvo.runtime.cluster import heartbeat_throttle
from connvo.runtime.cluster.heartbeat_throttle import HeartbeatThrottle
from connvo.runtime.executor import HEARTBEAT_INTERVAL_MS
from tests.support.host import Host
from tests.support.tables import Box

INTERVAL = HEARTBEAT_INTERVAL_MS / 1000


async def write(meeting: str, member: str) -> None:
    """Is where the pairs go."""


def look_in(host: Host, meeting: str, member: str) -> None:
    host.value("notes:lookIn", meeting=meeting, member=member)


def sightings(host: Host) -> int:
    return len(host.everything(Box))


def test_a_heartbeat_is_noted_after_the_call(host: Host) -> None:
    look_in(host, "m", "ann")
    assert sightings(host) == 1


def test_a_member_is_noted_once_in_an_interval(host: Host) -> None:
    for _ in range(5):
        look_in(host, "m", "ann")
    assert sightings(host) == 1
    host.advance(INTERVAL)
    look_in(host, "m", "ann")
    assert sightings(host) == 2


def test_each_member_and_each_meeting_counts_for_itself(host: Host) -> None:
    for meeting, member in (("m", "ann"), ("m", "bob"), ("n", "ann"), ("m", "ann")):
        look_in(host, meeting, member)
    assert sightings(host) == 3


def test_a_heartbeat_that_cannot_be_noted_fails_no_call(host: Host) -> None:
    with capture_logs() as logs:
        look_in(host, "gone", "ann")
        look_in(host, "m", "ann")
    assert sightings(host) == 1
    assert [line["event"] for line in logs] == ["heartbeat_not_stored"]


def test_a_call_that_fails_is_no_heartbeat(host: Host) -> None:
    assert host.call("notes:lookIn", meeting="m", member=3).error
    assert sightings(host) == 0


def test_the_memory_is_bounded() -> None:
    beats = HeartbeatThrottle(write)
    pairs = {(str(n), "ann") for n in range(heartbeat_throttle.MAX_REMEMBERED + 1)}
    assert len(beats.due(pairs, 0.0, 10.0)) == len(pairs)
    assert beats.due(pairs, 5.0, 10.0) == []
    assert beats.due({("new", "ann")}, 5.0, 10.0) == [("new", "ann")]
    assert len(beats._last) == 1
