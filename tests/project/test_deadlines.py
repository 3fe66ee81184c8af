"""The deadlines that the documentation states are those of the code."""

import re
from pathlib import Path

import pytest

from connvo.functions.meetings import queries
from connvo.model.failover import probes
from connvo.model.membership import jobs
from connvo.model.rooms import eviction, placement
from connvo.providers.rooms import base, janus_admin
from connvo.rules import breaker, recovery_ladder, room_placement

from .tree import ROOT

DOCUMENT = ROOT / "docs" / "deadlines.md"
CALLS = ROOT / "web" / "rtc" / "src"
SOCKET = ROOT / "web" / "app" / "src" / "api" / "socket.ts"
ROW = re.compile(
    r"^\| (?P<what>.+?) \| (?P<value>[\d.]+) (?P<unit>s|tries) \| .+ \| `(?P<name>[A-Z_]+)` \|$", re.MULTILINE
)
CONSTANT = re.compile(r"^(?:export )?const ([A-Z_]+_MS) = ([\d_]+);$", re.MULTILINE)
MODULES = (base, janus_admin, placement, eviction, probes, room_placement, recovery_ladder, breaker, jobs, queries)
MS = 1000.0


def in_the_page() -> dict[str, float]:
    """Return the constants of the page's part that holds calls, in seconds."""
    files = [*sorted(CALLS.rglob("*.ts")), SOCKET]
    found = [pair for file in files for pair in CONSTANT.findall(file.read_text("utf-8"))]
    return {name: float(value) / MS for name, value in found}


def in_the_code(name: str) -> float:
    """Return a constant of the server or of the page, in seconds or as a count."""
    if name == "ANNOUNCED_SECONDS":
        return room_placement.ANNOUNCED_MS / MS
    for module in MODULES:
        value = getattr(module, name, None)
        if value is not None:
            return float(value) / MS if name.endswith("_MS") else float(value)
    return in_the_page()[name]


ROWS = [(row["name"], float(row["value"])) for row in ROW.finditer(DOCUMENT.read_text("utf-8"))]


@pytest.mark.parametrize(("name", "stated"), ROWS)
def test_a_stated_deadline_is_the_one_that_holds(name: str, stated: float) -> None:
    assert in_the_code(name) == stated


def test_every_call_of_a_provider_has_a_stated_deadline() -> None:
    every = {name for name, value in vars(base).items() if name.endswith("_SECONDS") and isinstance(value, float)}
    assert every <= {name for name, _ in ROWS}


def test_every_row_is_read() -> None:
    lines = [line for line in Path(DOCUMENT).read_text("utf-8").splitlines() if line.startswith("| ")]
    heads = [line for line in lines if line.startswith(("| what", "| ---"))]
    assert len(ROWS) == len(lines) - len(heads) >= 20
