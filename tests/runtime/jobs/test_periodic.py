"""Periodic functions run by the clock: missed times are skipped, and one that fails harms no other."""

import pytest
from structlog.testing import capture_logs

from connvo.runtime.function import Function
from connvo.runtime.jobs.periodic import ABANDONED_MS
from connvo.runtime.jobs.tables import Cron
from tests.runtime.sample._jobs import PERIOD, break_each_time, tick
from tests.support.host import Host


def ticks(host: Host) -> int:
    return len(host.notes("tick"))


def test_a_periodic_function_runs_once_in_each_period(host: Host) -> None:
    assert ticks(host) == 0
    for expected in (1, 2, 3):
        host.advance(PERIOD + 1)
        assert ticks(host) == expected
    host.advance(PERIOD / 2)
    assert ticks(host) == 3


def test_missed_times_are_skipped(host: Host) -> None:
    host.advance(PERIOD * 1000)
    assert ticks(host) == 1
    host.advance(PERIOD + 1)
    assert ticks(host) == 2


def test_one_that_fails_leaves_nothing_harms_no_other_and_is_tried_the_next_time(host: Host) -> None:
    with capture_logs() as logs:
        host.advance(PERIOD + 1)
        host.advance(PERIOD + 1)
    assert ticks(host) == 2
    assert host.notes("broken") == []
    failures = [line["function"] for line in logs if line["event"] == "periodic_job_failed"]
    assert failures == ["_jobs:breakEachTime"] * 2
    assert len(set(host.crons().values())) <= 2


def test_a_restart_changes_no_time(host: Host) -> None:
    before = host.crons()
    assert set(before) == {"_jobs:tick", "_jobs:breakEachTime"}
    host.now_ns += 5_000_000_000
    host.reopen()
    assert host.crons() == before


def test_a_time_that_came_while_the_server_was_down_counts_once(host: Host) -> None:
    host.now_ns += int(PERIOD * 10 * 1e9)
    host.reopen()
    host.advance(0)
    assert ticks(host) == 1


def test_a_function_that_is_no_longer_periodic_stops(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(break_each_time, "every", None)
    host.reopen()
    host.advance(PERIOD + 1)
    assert ticks(host) == 1
    host.now_ns += int((ABANDONED_MS / 1000 + PERIOD) * 1e9)
    host.reopen()
    assert set(host.crons()) == {"_jobs:tick"}


def test_a_function_of_another_version_beside_this_one_stays_periodic(host: Host) -> None:
    host.write(lambda db: db.insert(Cron(path="new:byNow", next_at=db.now)))
    host.reopen()
    host.advance(PERIOD + 1)
    assert "new:byNow" in host.crons()
    assert ticks(host) == 1


def test_a_row_of_a_function_that_is_not_there_does_not_keep_the_loop_busy(host: Host) -> None:
    host.write(lambda db: db.insert(Cron(path="gone:byNow", next_at=0.0)))
    assert host.run(host.runtime.scheduler.run_due()) == 0
    assert host.run(host.runtime.scheduler._pause()) > 1


@pytest.mark.parametrize(("function", "path"), [(tick, "_jobs:tick")])
def test_a_shorter_period_counts_from_the_next_start(
    host: Host, monkeypatch: pytest.MonkeyPatch, function: Function[[], None], path: str
) -> None:
    monkeypatch.setattr(function, "every", 5.0)
    host.reopen()
    assert host.crons()[path] <= host.now_ns / 1e6 + 5000


def test_a_clock_that_was_wrong_does_not_stop_a_periodic_function(host: Host) -> None:
    host.now_ns += int(1e9 * 3600 * 24 * 365)
    host.advance(0)
    host.now_ns -= int(1e9 * 3600 * 24 * 365)
    host.reopen()
    before = ticks(host)
    host.advance(PERIOD + 1)
    assert ticks(host) == before + 1
