"""What functions measure counts once it is on disk, however they were run, and never twice."""

import pytest

from connvo.runtime.jobs.transaction_scheduler import TransactionScheduler
from connvo.store.transaction import Transaction
from connvo.telemetry.instruments import CONNECT_SECONDS, ROOM_MOVES, Measurement
from connvo.telemetry.metrics import Metrics
from tests.support.host import Host

from .sample._jobs import measure

MOVED = Measurement(ROOM_MOVES, 1.0, ("here", "there"))


def schedule(host: Host, **arguments: bool) -> None:
    def work(db: Transaction) -> None:
        TransactionScheduler(db, host.registry).run_after(1, measure, **arguments)

    host.run(host.engine.write(work))
    host.advance(2)


def test_a_mutation_counts_when_it_has_committed(host: Host) -> None:
    host.run(host.runtime.call(measure))
    assert host.measures == [MOVED]


def test_a_mutation_that_failed_counts_nothing(host: Host) -> None:
    with pytest.raises(RuntimeError):
        host.run(host.runtime.call(measure, fail=True))
    assert host.measures == []


def test_a_job_counts_as_well(host: Host) -> None:
    schedule(host)
    assert host.measures == [MOVED]


def test_a_job_that_failed_counts_nothing(host: Host) -> None:
    schedule(host, fail=True)
    assert host.measures == []


def test_operators_read_counters_and_ranges() -> None:
    metrics = Metrics("1")
    took = Measurement(CONNECT_SECONDS, 1.5, ("webrtc", "relay"))
    metrics.record([MOVED, MOVED, took])
    text = metrics.text().decode()
    assert 'connvo_room_moves_total{left="here",reached="there"} 2.0' in text
    assert 'connvo_connect_seconds_bucket{candidate="relay",le="2.0",provider="webrtc"} 1.0' in text
    assert 'connvo_connect_seconds_sum{candidate="relay",provider="webrtc"} 1.5' in text
