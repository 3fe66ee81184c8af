"""Quality samples: graded, kept until the next one, shown while they are fresh."""

from typing import Any

import pytest

from connvo.schema.sessions import ConnectionMetric
from tests.support.call import GUEST, Call

FINE = {"bitrate": 1_000_000, "packetLoss": 0, "latency": 20, "jitter": 2}
MONITOR = "monitorConnectionQuality"


def monitor(call: Call, **figures: Any) -> Any:
    return call.run(call.guest, MONITOR, sessionId=GUEST, stats={**FINE, **figures})


def shown(call: Call) -> dict[str, Any]:
    (mine,) = [s for s in call.run(call.host, "getActiveSessions") if s["sessionId"] == GUEST]
    return {key: mine[key] for key in ("connectionQuality", "lastMetricsAt") if key in mine}


def metrics(call: Call) -> list[ConnectionMetric]:
    return call.backend.read(lambda db: db.scan(ConnectionMetric, "by_creation"))


def test_a_fine_connection_is_excellent_and_needs_no_advice(call: Call) -> None:
    assert monitor(call) == {"quality": "excellent", "recommendations": [], "shouldFallback": False}


def test_a_poor_one_says_why_and_to_look_for_another_way(call: Call) -> None:
    report = monitor(call, packetLoss=9, latency=400)
    assert (report["quality"], report["shouldFallback"]) == ("poor", True)
    assert len(report["recommendations"]) == 2


def test_the_newest_sample_takes_the_place_of_the_last(call: Call) -> None:
    for latency in (20, 160, 110):
        monitor(call, latency=latency)
    (metric,) = metrics(call)
    assert (metric.quality, metric.stats.latency) == ("good", 110)


def test_active_sessions_show_it_for_half_a_minute(call: Call) -> None:
    assert shown(call) == {}
    monitor(call, latency=120)
    (metric,) = metrics(call)
    assert shown(call) == {"connectionQuality": "good", "lastMetricsAt": metric.timestamp}
    call.backend.now_ns += int(29.9 * 1e9)
    assert shown(call)["connectionQuality"] == "good"
    call.backend.now_ns += int(0.2 * 1e9)
    assert shown(call) == {}


@pytest.mark.parametrize("field", FINE)
@pytest.mark.parametrize("bad", [-1, -0.001, float("nan"), float("inf"), float("-inf")])
def test_no_figure_is_negative_or_infinite(call: Call, field: str, bad: float) -> None:
    error = call.refused(call.guest, MONITOR, "VALIDATION_ERROR", sessionId=GUEST, stats={**FINE, field: bad})
    assert error.metadata["field"] == f"stats.{field}"


@pytest.mark.parametrize("stats", [{}, {"bitrate": 1}, {**FINE, "extra": 1}, {**FINE, "jitter": "1"}, None, 7])
def test_an_invalid_sample_is_refused(call: Call, stats: Any) -> None:
    call.refused(call.guest, MONITOR, "VALIDATION_ERROR", sessionId=GUEST, stats=stats)


def test_a_session_that_is_over_has_no_quality(call: Call) -> None:
    monitor(call)
    call.run(call.guest, "closeSession", sessionId=GUEST)
    call.refused(call.guest, MONITOR, "CONFLICT", sessionId=GUEST, stats=FINE)
    assert metrics(call) == []


@pytest.mark.parametrize("how", ["leave", "end", "fail"])
def test_samples_go_with_their_session(call: Call, how: str) -> None:
    monitor(call)
    if how == "leave":
        call.of(call.guest, "leaveMeeting")
    elif how == "end":
        call.end()
    else:
        call.fail(call.guest)
    assert metrics(call) == []
