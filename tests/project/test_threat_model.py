"""The threat model promises nothing without a test, and the table of limits is that of the settings."""

import re
from collections.abc import Iterator

import pytest

from connvo.settings import setting_rows

from .tree import ROOT

PAGE = (ROOT / "docs" / "threat-model.md").read_text("utf-8")
OPERATING = (ROOT / "docs" / "operating.md").read_text("utf-8")
TEST = re.compile(r"`((?:tests|web/(?:rtc|app)/tests)/[\w/.-]+)::([^`]+)`")
# Each setting of these sections is a limit.
LIMIT_SECTIONS = ("CONNVO_LIMIT_", "CONNVO_RATE_", "CONNVO_HTTP_")
LIMIT = re.compile(r"^\| `(CONNVO_\w+)` \| ([^|]+) \|", re.MULTILINE)


def promises() -> Iterator[tuple[str, str]]:
    """Yield every promise with its cell of tests."""
    promised = PAGE.partition("## Promises\n")[2].partition("\n## ")[0]
    for line in promised.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| ") and cells != ["promise", "test"] and not set(line) <= set("|- "):
            yield cells[0], cells[-1] if len(cells) == 2 else ""


PROMISES = list(promises())
NAMED = sorted(set(TEST.findall(PAGE)))


@pytest.mark.parametrize(("promise", "tests"), PROMISES)
def test_each_promise_has_a_test(promise: str, tests: str) -> None:
    assert TEST.findall(tests), promise
    assert TEST.sub("", tests).strip(" ,") == "", f"only tests stand there, as `path::name`: {tests}"


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_each_named_test_exists(path: str, name: str) -> None:
    text = (ROOT / path).read_text("utf-8")
    written = rf"^\s*(?:async )?def {re.escape(name)}\(" if path.endswith(".py") else rf'"{re.escape(name)}"'
    assert re.search(written, text, re.MULTILINE), f"{path} has no {name}"


def test_there_are_promises_against_every_attacker() -> None:
    headings = re.findall(r"^### Against (.+)$", PAGE, re.MULTILINE)
    assert len(headings) == 7
    assert len(PROMISES) > 30


def test_the_table_of_limits_agrees_with_the_settings() -> None:
    defaults = {row.variable: row.default for row in setting_rows()}
    told = dict(LIMIT.findall(OPERATING.partition("\n## Limits\n")[2].partition("\n## ")[0]))
    assert {name: float(value) for name, value in told.items()} == {name: float(defaults[name]) for name in told}
    assert {name for name in defaults if name.startswith(LIMIT_SECTIONS)} <= told.keys()
