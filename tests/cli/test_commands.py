"""The command line: starts fast, stops cleanly, prints what it is asked for, and says in one line what is wrong."""

import json
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import urllib.error
from pathlib import Path

import jwt
import pytest

from connvo import __version__
from connvo.settings import setting_rows
from tests.support.command import run, serving
from tests.support.coturn import free_ports

# The recogniser takes seconds to start, and is an extra.
DEAF = {"CONNVO_SPEECH_ENGINE": "off"}


def test_it_tells_its_version() -> None:
    assert run("--version").stdout == f"connvo {__version__}\n"


# Each of these takes longer to import than printing a help text.
HEAVY = {
    "asyncio", "connvo.app", "connvo.server", "connvo.settings", "connvo.store", "cryptography", "httpx2", "jwt",
    "msgspec", "prometheus_client", "psycopg", "pydantic", "rich", "sqlite3", "starlette", "structlog", "uvicorn",
}  # fmt: skip


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_is_printed_without_importing_anything_of_the_server(argument: str) -> None:
    program = "import sys; from connvo.cli import main; sys.exit(main())"
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", program, argument], capture_output=True, text=True, check=True
    )
    assert told.stdout
    imported = {line.rpartition("|")[2].strip() for line in told.stderr.splitlines()}
    assert "connvo.cli.commands" in imported
    assert imported & HEAVY == set()


def test_help_names_every_command_and_every_way_to_fail() -> None:
    told = run("--help")
    assert told.returncode == 0
    for word in ("serve", "token", "doctor", "openapi", "settings", "Exit codes"):
        assert word in told.stdout


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("serve", ["--host", "--port", "--data", "CONNVO_HOST", "CONNVO_PORT", "CONNVO_DATA", "127.0.0.1", "3210"]),
        ("doctor", ["--data", "--turn", "--json", "Exit code"]),
        (
            "token",
            ["SUBJECT", "--email", "--name", "--org-id", "--org-role", "--expires", "--data", "1h"]
            + [f"CONNVO_TOKEN_{name}" for name in ("EMAIL", "NAME", "ORG_ID", "ORG_ROLE", "EXPIRES")],
        ),
    ],
)
def test_help_of_a_command_names_its_options_and_variables(command: str, options: list[str]) -> None:
    told = run(command, "--help").stdout
    assert [option for option in options if option not in told] == []


def test_settings_are_listed() -> None:
    told = run("settings").stdout
    assert [row.variable for row in setting_rows() if f"  {row.variable}={row.default}\n" not in told] == []


def test_the_document_is_printed() -> None:
    document = json.loads(run("openapi").stdout)
    assert document["openapi"].startswith("3.1")
    assert "/api/run/users/mutations/upsertUser" in document["paths"]


def test_it_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    with serving("--port", "0", cwd=tmp_path) as served:
        health = served.get("/api/health")
        assert (health["status"], health["version"]) == ("healthy", __version__)
        assert served.get("/readyz")["status"] == "ready"
        out, errors = served.stop()
    assert served.process.returncode == 0
    assert errors == ""
    assert f"open       {served.url}" in out
    assert f"reference  {served.url}/docs/api" in out
    assert str(tmp_path / "connvo-data") in out
    assert "-m connvo token alice --email alice@example.org --data connvo-data" in out
    assert stat.S_IMODE((tmp_path / "connvo-data").stat().st_mode) == 0o700


def test_ctrl_c_is_a_clean_end_too(tmp_path: Path) -> None:
    with serving("--port", "0", "--data", str(tmp_path / "d")) as served:
        _, errors = served.stop(signal.SIGINT)
    assert (served.process.returncode, errors) == (0, "")


def test_options_come_from_the_environment_and_the_command_line_wins(tmp_path: Path) -> None:
    variables = {"CONNVO_PORT": "1", "CONNVO_DATA": str(tmp_path / "env"), "CONNVO_HOST": "localhost"}
    with serving("--port", "0", env=variables) as served:
        assert served.url.startswith("http://localhost:")
        out, _ = served.stop()
    assert str(tmp_path / "env") in out


def test_a_token_of_the_command_line_is_believed_by_the_server(tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    minted = run("token", "alice", "--email", "alice@example.org", "--data", data)
    token = minted.stdout.removesuffix("\n")
    assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", token)
    with serving("--port", "0", "--data", data) as served:
        made = served.post(
            "/api/run/users/mutations/upsertUser", {"workosUserId": "alice", "email": "alice@example.org"}, token
        )
        assert made["status"] == "success"
        mine = served.post("/api/run/users/queries/getCurrentUser", {}, token)
        assert mine["value"]["email"] == "alice@example.org"
        other = run("token", "alice", "--data", str(tmp_path / "elsewhere")).stdout.strip()
        with pytest.raises(urllib.error.HTTPError) as refused:
            served.post("/api/run/users/queries/getCurrentUser", {}, other)
        assert refused.value.code == 401
        refused.value.close()
        served.stop()


def test_a_token_says_which_server_accepts_it(tmp_path: Path) -> None:
    alone = {"XDG_RUNTIME_DIR": str(tmp_path)}
    data, other = tmp_path / "data", tmp_path / "other"

    def told(folder: Path, **more: str) -> str:
        ran = run("token", "alice", "--data", str(folder), env=alone | more)
        assert (ran.returncode, ran.stdout.count("\n")) == (0, 1), ran
        return ran.stderr

    assert told(data) == f"connvo: made {data} with a new key; only a server on this data folder accepts the token\n"
    assert f"signed with the key in {data}; only a server" in told(data)
    with serving("--port", "0", "--data", str(data), env=alone) as served:
        assert told(data) == ""
        hint = f"but the server at {served.url} runs on {data}: for that one, add --data {data}\n"
        assert told(other) == f"connvo: made {other} with a new key, {hint}"
        assert told(other) == f"connvo: signed with the key in {other}, {hint}"
        served.stop()
    assert "only a server on this data folder" in told(other)


def test_a_token_holds_the_requested_grants(tmp_path: Path) -> None:
    variables = {"CONNVO_TOKEN_NAME": "Bob B.", "CONNVO_TOKEN_EXPIRES": "2d", "CONNVO_DATA": str(tmp_path)}
    token = run("token", "bob", "--org-id", "o1", "--org-role", "admin", env=variables).stdout.strip()
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["sub"], claims["name"], claims["org_id"], claims["role"]) == ("bob", "Bob B.", "o1", "admin")
    assert claims["exp"] - claims["iat"] == 2 * 24 * 3600
    assert "connvo_operator" not in claims


def test_a_token_is_an_operators_only_if_asked_for(tmp_path: Path) -> None:
    token = run("token", "ops", "--operator", "--data", str(tmp_path)).stdout.strip()
    assert jwt.decode(token, options={"verify_signature": False})["connvo_operator"] is True


@pytest.mark.parametrize(
    "arguments", [["--expires", "soon"], ["--expires", "0s"], ["--expires", "400d"], ["--expires", "-1h"]]
)
def test_a_wrong_lifetime_is_refused(arguments: list[str], tmp_path: Path) -> None:
    assert_one_line(run("token", "bob", "--data", str(tmp_path), *arguments), 3, "--expires takes a number")


def test_a_subject_is_needed(tmp_path: Path) -> None:
    assert run("token", cwd=tmp_path).returncode == 2
    for wrong in ("", "x" * 256):
        assert_one_line(run("token", wrong, cwd=tmp_path), 3, "SUBJECT takes 1 to 255 characters")


REAL = {"CONNVO_AUTH_WORKOS_CLIENT_ID": "client_1"}


def test_no_token_where_a_real_issuer_is_configured_unless_asked_for(tmp_path: Path) -> None:
    told = run("token", "bob", "--data", str(tmp_path), env=REAL)
    assert_one_line(told, 3, "the local issuer is off")
    assert list(tmp_path.iterdir()) == []
    assert (
        run("token", "bob", "--data", str(tmp_path), env={**REAL, "CONNVO_AUTH_LOCAL_ISSUER": "true"}).returncode == 0
    )


def test_a_server_with_a_real_issuer_has_no_local_one(tmp_path: Path) -> None:
    with serving("--port", "0", "--data", str(tmp_path / "d"), env=REAL) as served:
        with pytest.raises(urllib.error.HTTPError) as missing:
            served.get("/.well-known/jwks.json")
        assert missing.value.code == 404
        missing.value.close()
        out, _ = served.stop()
    assert "connvo token" not in out


def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = run("serve", "--port", str(port), "--data", str(tmp_path / "d"))
    assert_one_line(told, 6, f"cannot listen on http://127.0.0.1:{port}: address already in use")
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.7"])
def test_an_address_that_is_not_here_is_one_line(host: str, tmp_path: Path) -> None:
    assert_one_line(run("serve", "--host", host, "--port", "0", "--data", str(tmp_path)), 6, "cannot listen on")


@pytest.mark.parametrize(
    ("host", "variables"), [("::", {}), ("0.0.0.0", {"CONNVO_AUTH_OPEN": "", "CONNVO_AUTH_ISSUER": ""})]
)
def test_strangers_are_kept_out_unless_asked_for(host: str, variables: dict[str, str], tmp_path: Path) -> None:
    data = tmp_path / "d"
    told = run("serve", "--host", host, "--port", "0", "--data", str(data), env=variables)
    assert_one_line(told, 3, f"other machines can reach {host}, and without an issuer any client there could sign in")
    assert "CONNVO_AUTH_ISSUER" in told.stderr and "CONNVO_AUTH_OPEN=true" in told.stderr
    assert not data.exists()


@pytest.mark.parametrize(
    ("variables", "told"),
    [({"CONNVO_AUTH_OPEN": "true"}, "auth_open"), (REAL, ""), ({"CONNVO_AUTH_LOCAL_ISSUER": "0"}, "")],
)
def test_a_server_for_others_says_whether_it_is_open(variables: dict[str, str], told: str, tmp_path: Path) -> None:
    with serving("--host", "0.0.0.0", "--port", "0", "--data", str(tmp_path / "d"), env=variables) as served:
        _, errors = served.stop()
    assert ("auth_open" in errors) == bool(told)


@pytest.mark.parametrize("command", [["serve", "--port", "0"], ["token", "bob"]])
def test_a_folder_that_cannot_be_used_is_one_line(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for data in (tmp_path / "file", tmp_path / "file" / "below"):
        assert_one_line(run(*command, "--data", str(data)), 4, f"cannot use the data folder {data}")


def test_a_file_that_is_no_database_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "connvo.db").write_text("nonsense " * 1000)
    assert_one_line(run("serve", "--port", "0", "--data", str(tmp_path)), 4, "connvo.db")


def test_a_newer_database_is_one_line(tmp_path: Path) -> None:
    with serving("--port", "0", "--data", str(tmp_path)) as served:
        served.stop()
    with sqlite3.connect(tmp_path / "connvo.db") as database:
        database.execute("UPDATE _meta SET value = '999999' WHERE key = 'schema_version'")
    database.close()
    assert_one_line(run("serve", "--port", "0", "--data", str(tmp_path)), 5, "newer")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CONNVO_PORT", "abc"),
        ("CONNVO_WEB", "/nowhere"),
        ("CONNVO_LOG_LEVEL", "loud"),
        ("CONNVO_AUTH_ALGORITHMS", "HS256"),
        ("CONNVO_AUTH_LEEWAY_SECONDS", "-1"),
        ("CONNVO_AUTH_ISSUER", "https://issuer.example"),
        ("CONNVO_SIGNAL_PAGE", "0"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(variable: str, value: str, tmp_path: Path) -> None:
    told = run("serve", "--data", str(tmp_path), env={variable: value})
    assert_one_line(told, 3, variable)


@pytest.mark.parametrize("port", ["abc", "99999", "-1", "", "1.5"])
def test_a_wrong_option_is_told_as_a_wrong_setting_is(port: str, tmp_path: Path) -> None:
    told = run("serve", "--port", port, "--data", str(tmp_path / "d"))
    assert_one_line(told, 3, f"--port takes a whole number from 0 to 65535, not {port!r}")
    assert not (tmp_path / "d").exists()


def test_a_misspelled_variable_is_pointed_out(tmp_path: Path) -> None:
    with serving("--port", "0", "--data", str(tmp_path), env={"CONNVO_AUTH_ISUER": "x"}) as served:
        _, errors = served.stop()
    assert "CONNVO_AUTH_ISUER is not a setting" in errors


def test_a_fault_is_a_structured_line_without_its_text(tmp_path: Path) -> None:
    with serving(
        "--port", "0", "--data", str(tmp_path), env={"CONNVO_LOG_FORMAT": "json", "CONNVO_LOG_LEVEL": "debug"}
    ) as served:
        assert served.post("/api/run/users/queries/getCurrentUser", {"wrong": 1})["status"] == "error"
        _, errors = served.stop()
    lines = [json.loads(line) for line in errors.splitlines()]
    failed = next(line for line in lines if line["event"] == "call_failed")
    assert (failed["function"], failed["code"]) == ("users/queries:getCurrentUser", "VALIDATION_ERROR")
    assert any(line["event"] == "replied" and line["status"] == 200 for line in lines)


def test_the_doctor_says_that_there_is_no_data_folder_and_makes_none(tmp_path: Path) -> None:
    told = run("doctor", "--data", str(tmp_path / "none"), env=DEAF | {"XDG_RUNTIME_DIR": str(tmp_path)})
    assert (told.returncode, told.stderr) == (1, ""), told
    assert told.stdout.splitlines()[-1] == "4 ok, 1 warning, 1 failed"
    assert "there is no such data folder" in told.stdout
    assert not (tmp_path / "none").exists()


def test_the_doctor_examines_a_server_with_a_relay_and_its_readiness_tells_the_same(tmp_path: Path) -> None:
    ports = free_ports()
    turn = DEAF | {
        "CONNVO_TURN_PORT": str(ports.plain),
        "CONNVO_TURN_FIRST_RELAY_PORT": str(ports.first),
        "CONNVO_TURN_LAST_RELAY_PORT": str(ports.last),
        "CONNVO_DATA": str(tmp_path),
    }
    urls = {f"turn:127.0.0.1:{ports.plain}?transport={way}" for way in ("udp", "tcp")}
    with serving("--port", "0", "--turn", env=turn) as served:
        told = run("doctor", "--turn", "--json", env=turn)
        found = {check["check"]: check for check in json.loads(told.stdout)["checks"]}
        assert {url: found[url]["state"] for url in urls} == dict.fromkeys(urls, "ok"), found
        assert found["database"]["state"] == "ok"
        assert found["server"] == {"check": "server", "state": "ok", "says": f"answers at {served.url}", "advice": ""}
        assert (told.returncode, told.stderr) == (0, "")
        outside = served.get("/readyz?deep=1")["outside"]
        assert {url: outside[url]["state"] for url in urls} == dict.fromkeys(urls, "ok"), outside
        assert str(tmp_path) not in json.dumps(outside)
        served.stop()
    after = run("doctor", "--turn", env=turn)
    assert after.returncode == 1
    assert "-> nothing listens there" in after.stdout
    secret = (tmp_path / "turn-secret").read_text().strip()
    assert secret not in told.stdout + after.stdout


def assert_one_line(told: "subprocess.CompletedProcess[str]", code: int, text: str) -> None:
    """Hold a failure against its shape: its own exit code, one line on standard error, nothing else."""
    assert told.returncode == code, told.stderr
    assert told.stdout == ""
    assert told.stderr.count("\n") == 1, told.stderr
    assert told.stderr.startswith("connvo: ")
    assert text in told.stderr
