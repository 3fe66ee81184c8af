"""A report is computed beside the event loop, and its process is gone afterwards, however it ended."""

import asyncio
import sys
from pathlib import Path

import pytest

from connvo.providers.one_call import ProcessFailed
from connvo.providers.reports import process
from connvo.providers.reports.process import compute
from connvo.rules.insights.minutes import report_of
from connvo.rules.insights.report import Attendee, Minutes, Segment

TEXT = "I'll send the budget table to the agency by Friday."


def minutes(count: int = 2) -> Minutes:
    segments = tuple(
        Segment(id=f"s{number}", start_ms=number, end_ms=number + 1, speaker_id="ab"[number % 2], text=TEXT)
        for number in range(count)
    )
    return Minutes(segments=segments, attendees=(Attendee(id="a"), Attendee(id="b")), day="2026-11-30")


def test_the_process_computes_the_same_as_the_rules() -> None:
    assert asyncio.run(compute(minutes())) == report_of(minutes())


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module that runs in place of the worker; it writes its process id to a file, then does what the test says."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(compute, "module", "other_worker")
    return tmp_path / "other_worker.py"


def write(program: Path, does: str) -> Path:
    """Writes the program; returns the file of its process id."""
    told = program.with_name("pid")
    program.write_text(
        f"import os, sys, time, pathlib\npathlib.Path({str(told)!r}).write_text(str(os.getpid()))\n{does}\n"
    )
    return told


def is_gone(told: Path) -> bool:
    return not Path("/proc", told.read_text()).exists()


@pytest.mark.parametrize(
    ("does", "reason"),
    [
        ("sys.exit(3)", "status 3"),
        ("os.kill(os.getpid(), 9)", "status -9"),
        ("print('no report')", "no result"),
        ("pass", "no result"),
    ],
)
def test_a_process_that_fails_is_named(program: Path, does: str, reason: str) -> None:
    told = write(program, does)
    with pytest.raises(ProcessFailed, match=reason):
        asyncio.run(compute(minutes()))
    assert is_gone(told)


def test_a_process_that_takes_too_long_is_killed(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = write(program, "time.sleep(60)")
    monkeypatch.setattr(process, "SECONDS", 1.0)
    with pytest.raises(ProcessFailed, match="longer than"):
        asyncio.run(compute(minutes()))
    assert is_gone(told)


def test_a_call_that_is_cancelled_leaves_no_process(program: Path) -> None:
    told = write(program, "time.sleep(60)")

    async def cancel() -> None:
        task = asyncio.create_task(compute(minutes()))
        while not told.exists() or not told.read_text():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert is_gone(told)


def test_a_server_process_loads_none_of_the_languages() -> None:
    heavy = ("dateparser", "snowballstemmer", "stopwordsiso")
    code = f"import connvo.app, sys; print([name for name in {heavy} if name in sys.modules])"
    command = [sys.executable, "-c", code]

    async def run() -> bytes:
        child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        return (await child.communicate())[0]

    assert asyncio.run(run()).strip() == b"[]"
