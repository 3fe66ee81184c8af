"""Nodes of a PostgreSQL database tell the time alike, whatever their own clocks say."""

import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from connvo.store.postgres import clock as postgres_clock
from connvo.store.postgres.clock import ASK_EVERY_NS, MAX_ANSWER_NS, TOLERANCE_NS, DatabaseClock
from tests.support.postgres import database_of

SECOND = 1_000_000_000
HOUR = 3600 * SECOND
START = 1_800_000_000 * SECOND


class Machine:
    """A machine's two clocks."""

    def __init__(self) -> None:
        self.wall, self.monotonic = START, 50 * SECOND
        self.clock = DatabaseClock(lambda: self.wall, lambda: self.monotonic, follows=True)

    def go_on(self, seconds: int) -> None:
        self.wall += seconds * SECOND
        self.monotonic += seconds * SECOND


@pytest.mark.parametrize("error", [120 * SECOND, -120 * SECOND, HOUR, -HOUR])
def test_a_wrong_clock_is_set_right(error: int) -> None:
    machine = Machine()
    machine.clock.learn(START + error, 0)
    machine.go_on(7)
    assert machine.clock.now_ns() == START + error + 7 * SECOND


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_a_clock_that_is_set_meanwhile_changes_nothing(jump: int) -> None:
    machine = Machine()
    machine.clock.learn(START, 0)
    machine.wall += jump
    machine.go_on(7)
    assert machine.clock.now_ns() == START + 7 * SECOND


def test_small_differences_and_slow_answers_change_nothing() -> None:
    machine = Machine()
    machine.clock.learn(START + TOLERANCE_NS - 1, 0)
    machine.clock.learn(START + HOUR, MAX_ANSWER_NS + 1)
    assert machine.clock.now_ns() == START


def test_a_clock_that_a_test_moves_is_taken_as_it_is() -> None:
    now = [START]
    clock = DatabaseClock(lambda: now[0])
    clock.learn(START + HOUR, 0)
    now[0] += 5
    assert clock.now_ns() == START + 5


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(database_of(tmp_path), autocommit=True) as opened:
        yield opened


def test_the_server_is_asked_now_and_then(
    connection: psycopg.Connection[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_clock, "MAX_ANSWER_NS", HOUR)
    machine = Machine()
    machine.clock.ask(connection)
    asked = machine.clock.now_ns()
    assert abs(asked - time.time_ns()) < HOUR
    machine.monotonic += ASK_EVERY_NS - 1
    connection.close()
    machine.clock.ask(connection)
    machine.monotonic += 1
    with pytest.raises(psycopg.OperationalError):
        machine.clock.ask(connection)
