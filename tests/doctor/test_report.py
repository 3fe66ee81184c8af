"""A report is one line for each check; a check that hangs or breaks is a line as well."""

import asyncio
from typing import Any

from connvo.doctor.report import Check, Finding, document, failed, lines, told

FINE = Finding("disk", "ok", "much free")
BAD = Finding("turn:t.example", "failed", "nothing answers", "open the port")


def test_people_read_a_line_for_each_check_with_its_advice() -> None:
    assert list(lines([FINE, BAD])) == [
        "ok       disk            much free",
        "failed   turn:t.example  nothing answers",
        "                         -> open the port",
        "1 ok, 0 warning, 1 failed",
    ]


def test_programs_read_the_same() -> None:
    read: Any = document([FINE, BAD])
    assert read["ok"] is False
    assert read["checks"][1] == {
        "check": "turn:t.example",
        "state": "failed",
        "says": "nothing answers",
        "advice": "open the port",
    }
    assert not failed([FINE, Finding("relay", "warning", "none")])


def test_a_check_that_hangs_has_failed_in_time() -> None:
    async def hang() -> Finding:
        await asyncio.Event().wait()
        return FINE

    found = asyncio.run(told(Check("slow", hang), 0.01))
    assert (found.check, found.state) == ("slow", "failed")
    assert "CONNVO_DOCTOR_TIMEOUT_SECONDS" in found.advice


def test_a_check_that_breaks_says_no_more_than_that() -> None:
    async def fail() -> Finding:
        raise ValueError("a secret")

    found = asyncio.run(told(Check("broken", fail), 1.0))
    assert (found.state, "ValueError" in found.says, "secret" in str(found)) == ("failed", True, False)
