"""Whenever the server is killed, a planned mutation takes effect exactly once, and a planned action at most once."""

import random
from pathlib import Path

import msgspec
import pytest

from connvo.runtime.jobs.tables import Job
from connvo.settings import Settings
from connvo.store.transaction import Transaction
from tests.support.dose import dose
from tests.support.host import Host
from tests.support.killing import output_until_killed
from tests.support.store import ENGINES
from tests.support.tables import Item

JOBS = dose(150, 1500)
KILLS = dose(3, 30)
MIN_LINES, MAX_LINES = 20, 120


def plan(db: Transaction) -> None:
    for number in range(JOBS):
        arguments = msgspec.json.encode({"owner": "later", "text": str(number)}).decode()
        db.insert(Job(path="_jobs:writeNote", arguments=arguments, run_at=0.0))
        db.insert(Job(path="notes:copyNotes", arguments='{"source":"one","target":"copy"}', run_at=0.0))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_server_that_is_killed_again_and_again_does_everything_once(engine: str, tmp_path: Path) -> None:
    host = Host(ENGINES[engine], tmp_path, Settings())
    host.write(plan)
    host.write(lambda db: db.insert(Item(owner="one", note="x")))
    host.close()
    moments = random.Random(11)
    for _ in range(KILLS):
        output_until_killed("worker", engine, tmp_path, moments.randint(MIN_LINES, MAX_LINES))
    host = Host(ENGINES[engine], tmp_path, Settings())
    try:
        done_by_then = len(host.notes("later"))
        host.outlive()
        host.advance(1)
        notes, copies, jobs = host.notes("later"), host.notes("copy"), host.jobs()
    finally:
        host.close()
    assert done_by_then > 0
    assert sorted(notes, key=int) == [str(number) for number in range(JOBS)]
    assert {job.state for job in jobs} <= {"failed"}
    assert JOBS - len(jobs) <= len(copies) <= JOBS
