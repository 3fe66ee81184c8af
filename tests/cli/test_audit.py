"""The commands for the audit trail; the first of them as a process of its own."""

import csv
import io
import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from connvo.cli import app
from connvo.runtime.origins import Origin, calling_from
from connvo.schema.audit import AuditLog
from connvo.store.schema import table_of
from tests.support import backend as backends
from tests.support.audit import seal_now
from tests.support.backend import Backend
from tests.support.store import ENGINES

from .test_data import Home

HOUR_NS = 3600 * 1_000_000_000
FORMATS = ["jsonl", "csv", "ocsf"]


def filled(home: Home, engine: str) -> str:
    """Fill a database with two sealed rows that came from an address; return the head."""
    home.data.mkdir(mode=0o700)
    backend = Backend(home.data, make_engine=ENGINES[engine])
    origin = Origin(request_id="request-1", address="192.0.2.7", agent="=Firefox")
    with closing(backend), calling_from(lambda: origin):
        backend.sign_in("ada").call("meetings/lifecycle:createMeeting", title="Secret plans")
        backend.sign_in("bob")
        [seal] = seal_now(backend)
    return f"1:{seal.hash}"


def told(home: Home, *arguments: str) -> Result:
    """Return what a command does in this process."""
    return CliRunner().invoke(app, [*arguments, "--data", str(home.data)], env=home.variables)


def done(home: Home, *arguments: str) -> str:
    """Return what a command that must succeed says on standard output."""
    ran = told(home, *arguments)
    assert ran.exit_code == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize("engine", ENGINES)
def test_a_trail_is_verified_exported_and_moved(engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "START_NS", time.time_ns() - HOUR_NS)
    home = Home(engine, tmp_path / "home")
    head = filled(home, engine)
    assert home.done("audit", "verify", "--head", head) == f"{head}\n"
    rows = {form: done(home, "audit", "export", "--format", form) for form in FORMATS}
    lines = [json.loads(line) for line in rows["jsonl"].splitlines()]
    assert lines[-1] == {"rows": 3, "firstSeal": 1, "lastSeal": 1, "head": head}
    assert [line["action"] for line in lines[:-1]] == ["user.signup", "meeting.create", "user.signup"]
    assert "ada@example.org" not in rows["jsonl"]
    table = list(csv.DictReader(io.StringIO(rows["csv"])))
    called = [line for line in table if line["action"] != "audit.export"]
    assert [line["ipAddress"] for line in called] == ["192.0.2.7"] * 3
    assert {line["userAgent"] for line in called} == {"'=Firefox"}
    assert {json.loads(line)["class_uid"] for line in rows["ocsf"].splitlines()} == {6003}
    exports = [line for line in table if line["action"] == "audit.export"]
    assert [json.loads(line["metadata"]) for line in exports] == [{"format": "jsonl", "rows": 3}]
    assert len(done(home, "audit", "export", "--to", "2020-01-01").splitlines()) == 1

    archive, other = tmp_path / "archive", Home("sqlite", tmp_path / "other")
    done(home, "export", str(archive))
    done(other, "import", str(archive))
    assert done(other, "audit", "verify", "--head", head) == f"{head}\n"
    tampered(other)
    ran = told(other, "audit", "verify")
    assert (ran.exit_code, ran.stdout) == (1, "")
    assert "a row of seal 1 was changed" in ran.stderr


def tampered(home: Home) -> None:
    """Change a sealed row in the file of a database."""
    with closing(sqlite3.connect(home.data / "connvo.db")) as db:
        name = table_of(AuditLog).name
        db.execute(f"UPDATE \"{name}\" SET body = replace(body, 'user.signup', 'user.update')")
        db.commit()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["verify", "--head", "1:abc"], "--head takes the number of a seal and its hash"),
        (["export", "--format", "xml"], "--format takes jsonl, csv, ocsf"),
        (["export", "--from", "yesterday"], "--from takes a time such as 2026-01-31"),
    ],
)
def test_a_wrong_option_is_one_line(tmp_path: Path, arguments: list[str], line: str) -> None:
    ran = told(Home("sqlite", tmp_path / "home"), "audit", *arguments)
    assert ran.exit_code == 3
    assert line in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


def test_a_head_beyond_the_chain_is_a_fault(tmp_path: Path) -> None:
    ran = told(Home("sqlite", tmp_path / "home"), "audit", "verify", "--head", "3:" + "0" * 64)
    assert ran.exit_code == 1
    assert "the chain ends before seal 3" in ran.stderr
