"""Refusals, which any client can cause, write at most one log line a minute."""

import pytest
from structlog.testing import capture_logs

from connvo.kernel.errors import Forbidden, Internal, NotFound
from connvo.runtime.outcome import Outcome
from connvo.telemetry.metrics import Metrics
from connvo.transport.call_metrics import CallMetrics


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tally(clock: Clock) -> CallMetrics:
    return CallMetrics(Metrics("1"), ["a:b", "a:c"], clock)


def test_many_refusals_are_one_line_a_minute_and_a_count(tally: CallMetrics, clock: Clock) -> None:
    refused = Outcome(error=Forbidden("Not yours"))
    with capture_logs() as lines:
        for _ in range(2016):
            tally.record("a:b", refused, "id", 0.001)
        clock.now += 61
        tally.record("a:b", refused, "id", 0.001)
    assert [line.get("more_since_last_line") for line in lines] == [None, 2015]
    assert {(line["function"], line["code"]) for line in lines} == {("a:b", "FORBIDDEN")}
    calls = tally._metrics.registry.get_sample_value("connvo_calls_total", {"function": "a:b", "outcome": "FORBIDDEN"})
    assert calls == 2017


def test_functions_that_are_not_there_share_a_line(tally: CallMetrics) -> None:
    with capture_logs() as lines:
        for number in range(500):
            tally.record(f"made:up{number}", Outcome(error=NotFound("Function")), "id", 0.001)
    assert [line["function"] for line in lines] == ["unknown"]


def test_each_code_of_each_function_has_its_own_line(tally: CallMetrics) -> None:
    with capture_logs() as lines:
        for path in ("a:b", "a:c"):
            for error in (Forbidden("no"), NotFound("Thing")):
                tally.record(path, Outcome(error=error), "id", 0.001)
    assert len(lines) == 4


def test_faults_of_the_server_have_a_line_each_and_success_none(tally: CallMetrics) -> None:
    with capture_logs() as lines:
        for number in range(3):
            tally.record("a:b", Outcome(error=Internal("x")), f"id{number}", 0.001)
            tally.record("a:b", Outcome(value=1), f"ok{number}", 0.001)
    assert [line["request_id"] for line in lines] == ["id0", "id1", "id2"]
