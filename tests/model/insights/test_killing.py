"""`kill -9` at any step of a run leaves one report in the end, and one row of insights for each person."""

from collections import Counter
from pathlib import Path

import pytest

from connvo.schema.insights import Insight, InsightRun, InsightStep, MeetingReport, Recommendation
from tests.support.backend import Backend
from tests.support.dose import dose
from tests.support.killing import output_until_killed
from tests.support.store import ENGINES

# Each line that the process says is one moment later, from the end of the meeting to the last insights.
MOMENTS = {"sqlite": range(2, 13, dose(2, 1)), "postgres": range(2, 9, dose(3, 1))}
LONGER_THAN_A_LEASE = 100.0
ROUNDS = 4
TRIES = 2


@pytest.mark.parametrize(("engine", "moment"), [(engine, at) for engine, found in MOMENTS.items() for at in found])
def test_a_run_that_was_killed_anywhere_ends_with_one_report(engine: str, moment: int, tmp_path: Path) -> None:
    output_until_killed("reporter", engine, tmp_path, moment)
    backend = Backend(tmp_path, make_engine=ENGINES[engine])
    try:
        for _ in range(ROUNDS):
            backend.advance(LONGER_THAN_A_LEASE)
        (run,) = backend.read(lambda db: db.scan(InsightRun, "by_creation"))
        (report,) = backend.read(lambda db: db.scan(MeetingReport, "by_creation"))
        (step,) = backend.read(lambda db: db.scan(InsightStep, "by_creation"))
        insights = backend.read(lambda db: db.scan(Insight, "by_creation"))
        advice = backend.read(lambda db: db.scan(Recommendation, "by_creation"))
    finally:
        backend.close()
    assert (run.state, run.revision, report.revision) == ("ready", 1, 1)
    assert (step.state, step.attempt <= TRIES) == ("done", True)
    assert len({one.user_id for one in insights}) == len(insights) == 2
    assert set(Counter((one.insight_id, one.content) for one in advice).values()) == {1}
