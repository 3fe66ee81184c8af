"""Log lines are structured, on standard error, and hold nothing of what passed through."""

import json
import subprocess
import sys

import pytest

from connvo.telemetry.logging import describe

PROGRAM = """
import logging, structlog
from connvo.telemetry.logging import configure_logging
configure_logging({level!r}, {form!r})
log = structlog.get_logger()
log.debug("quiet", a=1)
log.info("told", function="a:b", ms=1.5)
logging.getLogger("uvicorn.error").info("chatter")
logging.getLogger("uvicorn.error").warning("foreign")
try:
    {{}}["alice@example.org"]
except KeyError:
    log.error("failed", exc_info=True)
    logging.getLogger("other").exception("foreign failed")
"""


def lines(level: str, form: str) -> list[str]:
    program = PROGRAM.format(level=level, form=form)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert "alice" not in done.stderr
    return done.stderr.splitlines()


def test_machines_read_json() -> None:
    told = [json.loads(line) for line in lines("info", "json")]
    assert [line["event"] for line in told] == ["told", "foreign", "failed", "foreign failed"]
    assert (told[0]["function"], told[0]["ms"], told[0]["level"]) == ("a:b", 1.5, "info")
    assert told[0]["timestamp"].endswith("Z")
    for failed in told[2:]:
        assert failed["error"] == "KeyError"
        assert "<module>" in failed["where"]


@pytest.mark.parametrize(("level", "count"), [("debug", 5), ("info", 4), ("warning", 3), ("error", 2)])
def test_people_read_one_line_each_from_the_level_they_chose(level: str, count: int) -> None:
    told = lines(level, "text")
    assert len(told) == count
    assert all("event=" in line and "level=" in line for line in told)


def test_an_exception_is_told_by_type_and_place_alone() -> None:
    def fail() -> None:
        raise ValueError("alice@example.org")

    with pytest.raises(ValueError, match="alice") as caught:
        fail()
    told = describe(caught.value)
    assert told["error"] == "ValueError"
    assert "test_metrics.py" in str(told["where"])
    assert "alice" not in str(told)
