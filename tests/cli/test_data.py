"""The commands that look after the data, as processes of their own, beside a server that runs."""

import base64
import json
import shutil
import sqlite3
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from connvo.transport.auth.local_issuer import KEY_FILE
from tests.support.command import CONNVO, PATIENCE_SECONDS, environment, run
from tests.support.live import LiveServer, serving
from tests.support.postgres import database_of
from tests.support.sync_client import SyncClient
from tests.support.sync_line import dialled

ENGINES = ["sqlite", "postgres"]
AT_ONCE = 3
OF_READERS = {"connvo.db-wal", "connvo.db-shm"}
MIN_WRITES = 100
FIRST_PAGE = {"numItems": 10, "cursor": None}


# Somebody makes meetings for as long as an archive is written.
PLENTY = {
    "CONNVO_MEETING_CREATE_BURST": "1000000",
    "CONNVO_MEETING_SCHEDULED_PER_MEMBER": "1000000",
    "CONNVO_RATE_ACCOUNT_BURST": "1000000",
    "CONNVO_RATE_ACCOUNT_PER_SECOND": "1000000",
}


class Home:
    """A database, and the commands and servers on it. On SQLite it is in the folder."""

    def __init__(self, engine: str, folder: Path) -> None:
        self.data = folder
        self.variables = {} if engine == "sqlite" else {"CONNVO_DATABASE_URL": database_of(folder)}

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end."""
        return run(*arguments, "--data", str(self.data), env=self.variables)

    def done(self, *arguments: str) -> str:
        """Return what a command that must succeed says on standard output."""
        told = self.run(*arguments)
        assert told.returncode == 0, told.stderr
        return told.stdout

    @contextmanager
    def serving(self) -> Iterator[LiveServer]:
        """Run a server."""
        with serving(self.data, **PLENTY, **self.variables) as server:
            yield server


@pytest.fixture(params=ENGINES)
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    """A database on each engine in turn."""
    return Home(request.param, tmp_path / "home")


@pytest.fixture(params=ENGINES)
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    """A second database, on each engine in turn."""
    return Home(request.param, tmp_path / "other")


def signed_up(server: LiveServer, name: str) -> tuple[str, str]:
    """Return the token and the id of a new account."""
    token = server.token(name)
    address = f"{name}@example.org"
    return token, server.call(token, "users/mutations:upsertUser", workosUserId=name, email=address)


def meeting_with(server: LiveServer, token: str, *guests: str) -> str:
    """Return a running meeting."""
    meeting: str = server.call(token, "meetings/lifecycle:createMeeting", title="Secret plans")["meetingId"]
    for guest in guests:
        server.call(token, "meetings/lifecycle:addParticipant", meetingId=meeting, userId=guest, role="participant")
    server.call(token, "meetings/lifecycle:startMeeting", meetingId=meeting)
    server.call(token, "meetings/lifecycle:joinMeeting", meetingId=meeting)
    return meeting


def exported(home: Home) -> list[bytes]:
    """Return the lines of a home's archive."""
    return home.done("export", "-").encode().splitlines()


def titles(lines: list[bytes]) -> list[str]:
    """Return the titles of an archive's meetings in order."""
    return sorted(json.loads(line)[1]["title"] for line in lines if line.startswith(b'["meetings"'))


def listed(server: LiveServer, token: str) -> Any:
    """Return what a server shows somebody of their account and their newest meetings."""
    return [server.call(token, path) for path in ("users/queries:getCurrentUser", "meetings/queries:listUserMeetings")]


def newest_ts(server: LiveServer) -> int:
    """Return the timestamp of the server's newest snapshot."""
    with urlopen(Request(f"{server.url}/api/query_ts", b""), timeout=PATIENCE_SECONDS) as reply:
        return int.from_bytes(base64.b64decode(json.load(reply)["ts"]), "little")


@contextmanager
def writing(server: LiveServer, token: str) -> Iterator[list[str]]:
    """Create meetings one after another meanwhile; give the titles of those that were answered."""
    answered: list[str] = []
    enough = threading.Event()

    def work() -> None:
        while not enough.is_set():
            title = f"{len(answered):06}"
            server.call(token, "meetings/lifecycle:createMeeting", title=title)
            answered.append(title)

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(work)
        try:
            while len(answered) < MIN_WRITES // 2 and not running.done():
                enough.wait(0.01)
            yield answered
            while len(answered) < MIN_WRITES and not running.done():
                enough.wait(0.01)
        finally:
            enough.set()
            running.result()


def assert_one_line(told: "subprocess.CompletedProcess[str]", code: int, text: str) -> None:
    """Hold a failure against its shape: its own exit code, one line on standard error, nothing else."""
    assert (told.returncode, told.stdout) == (code, ""), told.stderr
    assert told.stderr.count("\n") == 1, told.stderr
    assert text in told.stderr


def test_the_effect_of_migrate_is_reported_and_not_carried_out(home: Home) -> None:
    told = home.run("migrate", "--check")
    assert told.returncode == 10
    assert 'CREATE TABLE "users"' in told.stdout
    assert not home.data.exists()
    assert home.done("migrate").count("\n") == told.stdout.count("\n")
    again = home.run("migrate", "--check")
    assert (again.returncode, again.stdout) == (0, "")


def test_several_may_migrate_at_once(home: Home) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        told = list(pool.map(lambda _: home.run("migrate"), range(AT_ONCE)))
    assert [one.returncode for one in told] == [0] * AT_ONCE, [one.stderr for one in told]
    assert home.run("migrate", "--check").returncode == 0


def test_migrate_says_when_older_servers_cannot_stay(tmp_path: Path) -> None:
    home = Home("sqlite", tmp_path / "home")
    home.done("migrate")
    with closing(sqlite3.connect(home.data / "connvo.db")) as database:
        database.execute('DROP INDEX "users__by_org"')
        database.commit()
        assert "may keep running" in home.run("migrate", "--check").stderr
        database.execute('DROP INDEX "users__by_email"')
        database.execute('ALTER TABLE "users" DROP COLUMN c_email')
        database.commit()
    told = home.run("migrate", "--check")
    assert "stop servers of an older version first" in told.stderr
    assert 'ALTER TABLE "users" ADD COLUMN c_email' in told.stdout
    home.done("migrate")
    assert home.run("migrate", "--check").returncode == 0


@pytest.mark.parametrize(
    ("home", "other"),
    [
        ("sqlite", "postgres"),
        ("postgres", "sqlite"),
        *(pytest.param(engine, engine, marks=pytest.mark.soak) for engine in ENGINES),
    ],
    indirect=True,
)
def test_an_archive_taken_while_serving_carries_everything_on(home: Home, other: Home, tmp_path: Path) -> None:
    client = SyncClient()
    with home.serving() as server:
        token, _ = signed_up(server, "ada")
        client.authenticate(token)
        with writing(server, token) as answered:
            before = list(answered)
            home.done("export", str(tmp_path / "archive"))
        with dialled(client, server.url) as line:
            line.watch("users/queries:getCurrentUser")
        seen = newest_ts(server)
        mine = listed(server, token)
    assert stat.S_IMODE((tmp_path / "archive").stat().st_mode) == 0o600
    home.done("export", str(tmp_path / "whole"))
    told = other.run("import", str(tmp_path / "whole"))
    assert told.returncode == 0, told.stderr
    other.done("export", str(tmp_path / "again"))
    lines = [(tmp_path / name).read_bytes().splitlines() for name in ("whole", "again")]
    assert lines[0][1:] == lines[1][1:]
    shutil.copy(home.data / KEY_FILE, other.data / KEY_FILE)
    with other.serving() as server:
        assert newest_ts(server) > seen
        assert listed(server, token) == mine
        with dialled(client, server.url) as line:
            line.until(lambda: client.settled)
            number = next(iter(client.results))
            assert client.results[number]["email"] == "ada@example.org"
    here, then = titles(lines[0]), titles((tmp_path / "archive").read_bytes().splitlines())
    assert set(before) <= set(then) <= set(here) == set(answered)
    assert then == here[: len(then)]


def test_archives_go_through_pipes(tmp_path: Path) -> None:
    home, other = Home("sqlite", tmp_path / "home"), Home("sqlite", tmp_path / "other")
    with home.serving() as server:
        signed_up(server, "ada")
    archive = home.run("export", "-")
    assert "exported" in archive.stderr
    told = subprocess.run(
        [*CONNVO, "import", "-", "--data", str(other.data)],
        input=archive.stdout, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False,
        env=environment(other.variables),
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert exported(other)[1:] == archive.stdout.encode().splitlines()[1:]


def test_an_import_is_refused_where_it_would_harm(other: Home, tmp_path: Path) -> None:
    home = Home("sqlite", tmp_path / "home")
    with home.serving() as server:
        signed_up(server, "ada")
    home.done("export", str(tmp_path / "archive"))
    with other.serving() as server:
        token, _ = signed_up(server, "bob")
        assert_one_line(other.run("import", str(tmp_path / "archive"), "--replace"), 9, "a server runs")
        assert server.call(token, "users/queries:getCurrentUser")["email"] == "bob@example.org"
    before = exported(other)[1:]
    assert_one_line(other.run("import", str(tmp_path / "archive")), 9, "not empty")
    torn = tmp_path / "torn"
    torn.write_bytes(b"".join((tmp_path / "archive").read_bytes().splitlines(keepends=True)[:-1]))
    assert_one_line(other.run("import", str(torn), "--replace"), 8, "not whole")
    assert exported(other)[1:] == before
    other.done("import", str(tmp_path / "archive"), "--replace")
    assert exported(other)[1:] == exported(home)[1:]


def test_unusable_input_of_export_and_import_is_reported_in_one_line(tmp_path: Path) -> None:
    home = Home("sqlite", tmp_path / "home")
    (tmp_path / "there").write_text("precious")
    assert_one_line(home.run("export", str(tmp_path / "there")), 8, "exists")
    assert (tmp_path / "there").read_text() == "precious"
    assert_one_line(home.run("export", str(tmp_path / "no" / "folder")), 8, "cannot write")
    assert_one_line(home.run("import", str(tmp_path / "none")), 8, "cannot read")
    assert_one_line(home.run("import", str(tmp_path / "there")), 8, "no archive")


def test_a_backup_under_writes_holds_all_that_was_answered_before(tmp_path: Path) -> None:
    home, folder = Home("sqlite", tmp_path / "home"), tmp_path / "backups"
    folder.mkdir()
    with home.serving() as server:
        token, _ = signed_up(server, "ada")
        with writing(server, token) as answered:
            before = list(answered)
            backup = Path(home.done("backup", str(folder)).strip())
            after = len(answered)
    here = titles(exported(home))
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == [backup.name]
    with closing(sqlite3.connect(backup)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        found = [title for (title,) in database.execute("SELECT json_extract(body, '$.title') FROM meetings")]
    assert sorted(found) == here[: len(found)]
    assert len(before) <= len(found) <= after + 1


def test_only_so_many_backups_are_kept(tmp_path: Path) -> None:
    home, folder = Home("sqlite", tmp_path / "home"), tmp_path / "backups"
    home.done("migrate")
    folder.mkdir()
    for name in ("connvo-20240101T000000Z.db", "connvo-20250101T000000Z.db", "connvo-notes.db"):
        (folder / name).write_text("old")
    newest = home.done("backup", str(folder), "--keep", "2").strip()
    assert {path.name for path in folder.iterdir()} == {
        "connvo-20250101T000000Z.db", "connvo-notes.db", Path(newest).name,
    }  # fmt: skip
    told = home.run("backup", str(folder / "one.db"), "--keep", "2")
    assert told.returncode == 3
    assert "--keep needs a folder" in told.stderr


def test_a_restored_backup_is_served_and_the_clock_goes_on(tmp_path: Path) -> None:
    home, backup = Home("sqlite", tmp_path / "home"), tmp_path / "backup.db"
    client = SyncClient()
    with home.serving() as server:
        token, _ = signed_up(server, "ada")
        server.call(token, "meetings/lifecycle:createMeeting", title="kept")
        home.done("backup", str(backup))
        server.call(token, "meetings/lifecycle:createMeeting", title="lost")
        assert_one_line(home.run("restore", str(backup)), 4, "in use")
        assert titles(exported(home)) == ["kept", "lost"]
        client.authenticate(token)
        with dialled(client, server.url) as line:
            line.watch("users/queries:getCurrentUser")
        seen = newest_ts(server)
    old = Path(home.done("restore", str(backup)).strip())
    with closing(sqlite3.connect(old)) as database:
        assert database.execute("SELECT count(*) FROM meetings").fetchone() == (2,)
    with home.serving() as server:
        assert titles(exported(home)) == ["kept"]
        assert newest_ts(server) > seen
        with dialled(client, server.url) as line:
            line.until(lambda: client.settled)
            line.mutate("meetings/lifecycle:createMeeting", title="new")
    assert titles(exported(home)) == ["kept", "new"]


def test_only_a_whole_backup_is_restored(tmp_path: Path) -> None:
    home, file = Home("sqlite", tmp_path / "home"), tmp_path / "file"
    home.done("migrate")
    before = (home.data / "connvo.db").read_bytes()
    assert_one_line(home.run("restore", str(file)), 4, "there is no database")
    file.write_text("nonsense " * 1000)
    assert_one_line(home.run("restore", str(file)), 4, "cannot restore")
    home.done("backup", str(tmp_path / "newer"))
    with closing(sqlite3.connect(tmp_path / "newer")) as database:
        database.execute("UPDATE _meta SET value = '999999' WHERE key = 'schema_version'")
        database.commit()
    assert_one_line(home.run("restore", str(tmp_path / "newer")), 5, "newer")
    assert (home.data / "connvo.db").read_bytes() == before
    assert {path.name for path in home.data.iterdir()} - OF_READERS == {"connvo.db"}


def test_a_damaged_database_can_be_replaced(tmp_path: Path) -> None:
    home = Home("sqlite", tmp_path / "home")
    with home.serving() as server:
        token, _ = signed_up(server, "ada")
    home.done("backup", str(tmp_path / "backup.db"))
    (home.data / "connvo.db").write_text("nonsense " * 1000)
    (home.data / "connvo.db-wal").write_text("left")
    home.done("restore", str(tmp_path / "backup.db"))
    with home.serving() as server:
        assert server.call(token, "users/queries:getCurrentUser")["email"] == "ada@example.org"


def test_operators_read_the_reports(home: Home) -> None:
    assert home.run("reports").stdout == ""
    with home.serving() as server:
        ada, ada_id = signed_up(server, "ada")
        _, bob_id = signed_up(server, "bob")
        server.call(ada, "users/reports:report", userId=bob_id, text="He says\u202e\nawful things")
        told = home.run("reports")
    assert told.stdout.count("\n") == 1
    row = json.loads(told.stdout)
    assert (row["kind"], row["targetId"], row["reporterId"]) == ("user", bob_id, ada_id)
    assert (row["reportedUserName"], row["reporterName"]) == ("bob", "ada")
    assert row["text"] == "He says\nawful things"
    assert "1 report" in told.stderr


def test_operators_read_the_requests_to_a_model(home: Home) -> None:
    with home.serving() as server:
        ada, _ = signed_up(server, "ada")
        about = server.call(ada, "meetings/lifecycle:createMeeting", title="Planning")
        server.call(ada, "meetings/lifecycle:startMeeting", meetingId=about["meetingId"])
        server.call(ada, "meetings/lifecycle:joinMeeting", meetingId=about["meetingId"])
        now = time.time() * 1000
        words = {"text": "I will send the plan.", "confidence": 1, "startTime": now - 900, "endTime": now - 100}
        server.call(ada, "transcripts/ingestion:ingestTranscriptChunk", meetingId=about["meetingId"], **words)
        told = home.run("model-requests", about["meetingId"])
    assert "1 request" in told.stderr
    body = json.loads(told.stdout)
    data = json.loads(body["messages"][1]["content"])
    assert data["lines"] == [["s1", "p1", "I will send the plan."]]
    assert data["members"] == [["p1", "ada"]]
    assert "ada@example.org" not in told.stdout and about["meetingId"] not in told.stdout
    assert_one_line(home.run("model-requests", "none"), 9, "no meeting has the id none")


def test_an_erased_user_is_gone_from_every_interface(home: Home) -> None:
    with home.serving() as server:
        ada, ada_id = signed_up(server, "ada")
        bob, bob_id = signed_up(server, "bob")
        alone = meeting_with(server, ada)
        shared = meeting_with(server, bob, ada_id)
        server.call(ada, "meetings/lifecycle:joinMeeting", meetingId=shared)
        server.call(ada, "meetings/chat:sendMessage", meetingId=shared, text="It was Ada")
        before = exported(home)[1:]
        told = home.run("erase", "ada@example.org", "--json")
        report = json.loads(told.stdout)
        assert (report["userId"], report["erased"]) == (ada_id, False)
        assert report["tables"]["meetings"] == {"deleted": 1, "kept": 0}
        assert report["tables"]["chatMessages"] == {"deleted": 1, "kept": 0}
        assert documents(exported(home)[1:], ada_id) == documents(before, ada_id)
        client = SyncClient()
        client.authenticate(ada)
        with dialled(client, server.url) as line:
            number = line.watch("meetings/queries:getMeeting", meetingId=shared)
            assert client.results[number]["userRole"] == "participant"
            told = home.run("erase", ada_id, "--yes")
            assert told.returncode == 0, told.stderr
            assert f"{ada_id} is erased" in told.stdout
            line.until(lambda: "failed" in client.results[number])
        for door in ("/api/run/meetings/queries/getMeeting", "/api/query"):
            answer = posted(server, door, ada, meetings_query(door, alone))
            assert answer["status"] == "error", answer
        bobs = server.call(bob, "meetings/queries:getMeeting", meetingId=shared)
        said = server.call(bob, "meetings/chat:listMessages", meetingId=shared, paginationOpts=FIRST_PAGE)
        assert said["page"] == [], said
        assert bobs["participantCount"] == 1
        assert server.call(bob, "users/queries:getUserById", userId=bob_id)["email"] == "bob@example.org"
    assert [line for line in exported(home) if b"ada@" in line or b"It was Ada" in line or b"|ada" in line] == []
    assert_one_line(home.run("erase", ada_id, "--yes"), 9, "there is no account")
    assert_one_line(home.run("erase", "nobody@example.org"), 9, "there is no account")


def test_the_sign_ins_of_an_account_are_ended_beside_a_server(home: Home) -> None:
    with home.serving() as server:
        lost, ada_id = signed_up(server, "ada")
        other, unused = server.token("ada"), server.token("ada")
        server.call(other, "users/sessions:describeSession", browser="firefox", system="linux")
        report = json.loads(home.done("sessions", "ada", "--json"))
        assert report["userId"] == ada_id
        by_browser = {one["browser"]: one["id"] for one in report["sessions"]}
        assert by_browser.keys() == {"firefox", None}
        assert all(one["lastSeenAt"] >= one["createdAt"] for one in report["sessions"])
        assert json.loads(home.done("sessions", " ADA ", "--json")) == report  # the name that others see
        assert_one_line(home.run("sessions", "ada", "--end", ada_id), 9, "no sign-in")
        client = SyncClient()
        client.authenticate(lost)
        with dialled(client, server.url) as line:
            number = line.watch("users/queries:getCurrentUser")
            assert client.results[number]["email"] == "ada@example.org"
            told = home.run("sessions", "ada@example.org", "--end", by_browser[None])
            assert (told.returncode, told.stderr) == (0, f"connvo: ended {by_browser[None]}\n")
            assert "firefox on linux" in told.stdout and "a program" not in told.stdout
            line.until(lambda: "failed" in client.results[number])
        assert server.call(other, "users/queries:getCurrentUser")["_id"] == ada_id
        told = home.run("sessions", ada_id, "--end-all")
        assert "ended 1 sign-in; every token" in told.stderr and "no sign-ins" in told.stdout
        for token in (lost, other, unused):
            answer = posted(server, "/api/run/users/queries/getCurrentUser", token, {"args": {}})
            assert answer["errorData"]["code"] == "UNAUTHORIZED", answer
    assert_one_line(home.run("sessions", "nobody"), 9, "there is no account")
    assert_one_line(home.run("sessions", "ada", "--end", "x", "--end-all"), 3, "--end and --end-all")


def meetings_query(door: str, meeting: str) -> dict[str, Any]:
    """Return the body of a query for a meeting at a door."""
    args = {"meetingId": meeting}
    by_path = {"path": "meetings/queries:getMeeting", "format": "json", "args": [args]}
    return {"args": args} if "run" in door else by_path


def posted(server: LiveServer, door: str, token: str, body: dict[str, Any]) -> Any:
    """Return what a door answers, whatever its status."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    try:
        with urlopen(Request(server.url + door, json.dumps(body).encode(), headers), timeout=PATIENCE_SECONDS) as reply:
            return json.load(reply)
    except HTTPError as error:
        with error:
            return json.load(error)


def documents(lines: list[bytes], user_id: str) -> list[bytes]:
    """Return the documents of an archive that name a person, but for heartbeats, which pass by themselves."""
    passing = (b'["sightings"', b'["vouchers"', b'["crons"')
    return [line for line in lines if user_id.encode() in line and not line.startswith(passing)]
