"""The units are ones that systemd takes, and leave a process as little as it needs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.tree import ROOT

UNITS = ROOT / "contrib" / "systemd"
INSTALLED = "/opt/connvo/bin"
SERVICES = ("connvo.service", "connvo-backup.service")
# In tenths, of a hundred; what is left are sockets, and the user's own files.
MAX_EXPOSED = "20"
SECONDS = 60
# A process that computes gives way to the server, loads its model on one processor, and takes limits.
OF_WORKERS = {"setpriority", "sched_setaffinity", "prlimit64"}


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units as on a machine where the program is installed."""
    for unit in UNITS.glob("connvo*"):
        text = unit.read_text("utf-8").replace(INSTALLED, str(Path(sys.executable).parent))
        (tmp_path / unit.name).write_text(text)
    return tmp_path


def analyze(units: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["systemd-analyze", *arguments], cwd=units, capture_output=True, text=True, timeout=SECONDS, check=False
    )


def test_systemd_takes_every_unit(units: Path) -> None:
    told = analyze(units, "verify", *(f"./{unit.name}" for unit in sorted(units.iterdir())))
    assert (told.returncode, told.stderr) == (0, "")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_may_do_little(units: Path, service: str) -> None:
    told = analyze(units, "security", "--offline=true", f"--threshold={MAX_EXPOSED}", f"./{service}")
    assert told.returncode == 0, told.stdout


def calls_of(name: str) -> set[str]:
    """Return the system calls that a name in a filter stands for."""
    if not name.startswith("@"):
        return {name}
    listed = analyze(UNITS, "syscall-filter", name).stdout.splitlines()[1:]
    members = [line.strip() for line in listed if line.strip() and not line.strip().startswith("#")]
    return set[str]().union(*map(calls_of, members))


def test_processes_that_compute_may_give_way() -> None:
    refused: set[str] = set()
    for sign, names in re.findall(r"^SystemCallFilter=(~?)(.+)$", (UNITS / SERVICES[0]).read_text("utf-8"), re.M):
        calls = set[str]().union(*map(calls_of, names.split())) if sign or refused else set()
        refused = refused | calls if sign else refused - calls
    assert "setuid" in refused
    assert refused & OF_WORKERS == set()


def test_the_timer_starts_the_backup(units: Path) -> None:
    assert (units / "connvo-backup.timer").exists() and (units / "connvo-backup.service").exists()
    told = analyze(units, "calendar", "*-*-* 03:00:00")
    assert "*-*-* 03:00:00" in (units / "connvo-backup.timer").read_text()
    assert told.returncode == 0


def test_no_unit_holds_a_secret() -> None:
    for unit in UNITS.glob("connvo*"):
        text = unit.read_text("utf-8")
        assert "SECRET" not in text and "PASSWORD" not in text and "DATABASE_URL" not in text


def test_the_server_is_bounded() -> None:
    text = (UNITS / "connvo.service").read_text("utf-8")
    given = dict(line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))
    assert {"MemoryHigh", "MemoryMax", "TasksMax", "LimitNOFILE"} <= given.keys()
    assert (given["CapabilityBoundingSet"], given["NoNewPrivileges"], given["ProtectSystem"]) == ("", "yes", "strict")
    assert (given["LimitCORE"], given["UMask"], given["StateDirectoryMode"]) == ("0", "0077", "0700")
