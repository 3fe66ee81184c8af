"""The golden meetings: reports by rules pass the gates, and no model can get past the checks, whatever it answers."""

import subprocess
import sys
from typing import Any

import pytest

from bench.evaluation.golden import Golden, golden_meetings
from bench.evaluation.scoring import MIN_F1, judge, total
from bench.evaluation.writers import by_rules
from connvo.rules.insights.evidence import is_in_language
from connvo.rules.insights.report import Report
from tests.support.llm_double import KEY, MODEL
from tests.support.llm_fixtures import ROOT, LlmDouble
from tests.support.llm_plays import CANARY

GOLDEN = {one.name: one for one in golden_meetings()}
# "This afternoon" is a day to people, and words to the rules.
MIN_DAYS = 0.9
KINDS = {
    "stand_up", "one_hour", "bilingual", "injection", "one_label", "misheard_names", "no_decision", "test_test",
    "years_end", "reversal", "if_promise", "absent_owner",
}  # fmt: skip


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    """Returns the reports by rules."""
    return {name: by_rules(golden.minutes).report for name, golden in GOLDEN.items()}


def evaluate(llm: LlmDouble, *options: str) -> subprocess.CompletedProcess[str]:
    """Runs the command against the scripted model."""
    command = [sys.executable, "-m", "bench.evaluation", "--url", llm.url, "--model", MODEL, *options]
    environment = {"CONNVO_AI_KEY": KEY, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment, check=False)


def cells(line: str) -> list[str]:
    """Returns the cells of a line of the table."""
    return line.split()


def test_the_meetings_are_those_that_the_kit_promises() -> None:
    assert set(GOLDEN) == KINDS
    hour = GOLDEN["one_hour"].minutes.segments
    assert hour[-1].end_ms - hour[0].start_ms > 3_600_000 and len(" ".join(one.text for one in hour).split()) > 6_000


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_report_by_rules_has_no_fault(name: str, reports: dict[str, Report]) -> None:
    score = judge(GOLDEN[name], reports[name])
    assert not any(score.faults.values()), score
    assert (score.wrong_owners, score.taken_back, score.misspelled, score.false_decisions) == (0, 0, 0, 0), score


def test_the_rules_find_most_actions(reports: dict[str, Report]) -> None:
    found = total(judge(GOLDEN[name], report) for name, report in reports.items())
    assert found.passes and found.f1 >= MIN_F1
    assert found.dates >= MIN_DAYS * found.dates_expected


def test_a_report_is_in_the_language_of_its_meeting(reports: dict[str, Report]) -> None:
    for name in KINDS - {"bilingual"}:
        assert reports[name].language == "en"
        assert is_in_language([item.text for item in reports[name].overview], "en")


def test_one_label_for_two_people_has_no_owner(reports: dict[str, Report]) -> None:
    assert {item.owner_id for item in reports["one_label"].actions} <= {None}


def test_a_wrong_report_is_judged_wrong() -> None:
    golden: Golden = GOLDEN["injection"]
    report = by_rules(golden.minutes).report
    [first, *rest] = report.actions
    from msgspec.structs import replace

    bad = replace(first, owner_id="stranger", due_on="2031-01-01", cites=(), text=f"{first.text} {CANARY}")
    score = judge(golden, replace(report, actions=(bad, *rest)))
    assert (score.foreign_owners, score.wrong_dates, score.uncited) == (1, 1, 1)
    assert score.canaries >= 1 and not score.passes


@pytest.mark.parametrize(
    ("play", "exit_code"), [({}, 0), ({"answer": "lying"}, 1), ({"answer": "prose"}, 0), ({"status": 401}, 0)], ids=str
)
def test_the_command_judges_any_model_and_nothing_invented_gets_through(
    llm: LlmDouble, play: dict[str, Any], exit_code: int
) -> None:
    llm.play(play)
    done = evaluate(llm)
    [summed] = [line for line in done.stdout.splitlines() if line.startswith("all ")]
    assert cells(summed)[1:5] == ["0", "0", "0", "0"], done.stdout
    if play.get("answer") != "lying":
        assert done.returncode == exit_code, done.stdout + done.stderr
    assert ("report by rules" in done.stdout) is (play not in ({}, {"answer": "lying"}))


def test_the_requests_can_be_read_before_they_are_sent(llm: LlmDouble) -> None:
    done = evaluate(llm, "--only", "stand_up", "--show")
    assert llm.bodies() == []
    assert '"role": "system"' in done.stdout and "documentation of the query syntax" in done.stdout
    assert evaluate(llm, "--only", "stand_up").returncode in (0, 1)
    assert llm.bodies()[0]["messages"][0]["content"][:40] in done.stdout
