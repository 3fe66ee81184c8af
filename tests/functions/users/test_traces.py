"""After a person was erased, nothing in the files of the database says who it was or what they wrote."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from connvo.maintenance.erasure import Report, erase
from connvo.runtime.request_dedup import Request, record_ids
from connvo.store.sqlite import scrub
from tests.runtime.test_request_dedup import send_through
from tests.support.backend import Backend, Caller
from tests.support.people import FORM
from tests.support.store import ENGINES, sqlite

SUBJECT, ADDRESS, TEXT, TITLE = "subject-7f3a", "zephyrine@example.org", "quinquagesima", "Brumaire"
TRACES = [trace.encode() for trace in (SUBJECT, ADDRESS, TEXT, TITLE, FORM["company"])]


def life_of(backend: Backend) -> Caller:
    """Leave traces of a person in as many places as there are."""
    other = backend.sign_in("other")
    person = backend.sign_in(SUBJECT, email=ADDRESS)
    person.call("users/mutations:saveOnboarding", **FORM, idempotencyKey=TEXT)
    for title in (TITLE, TITLE + " again"):
        meeting = person.call("meetings/lifecycle:createMeeting", title=title)["meetingId"]
        person.call("meetings/lifecycle:startMeeting", meetingId=meeting)
        person.call("meetings/lifecycle:joinMeeting", meetingId=meeting)
        for number in range(8):
            person.call("meetings/chat:sendMessage", meetingId=meeting, text=f"{TEXT} {number}")
            times = {"startTime": backend.now_ms, "endTime": backend.now_ms + 1000.0}
            words = {"text": f"{TEXT} {number}", "confidence": 1.0, **times}
            person.call("transcripts/ingestion:ingestTranscriptChunk", meetingId=meeting, **words)
    other.call("users/mutations:updateLastSeen")
    return person


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def log_of(backend: Backend) -> str:
    return repr(backend.read(lambda db: db.rows.all("SELECT keys FROM _log", ())))


@pytest.mark.parametrize("engine", ENGINES)
def test_the_log_names_nobody(engine: str, make_backend: Callable[..., Backend]) -> None:
    backend = make_backend(ENGINES[engine])
    person = life_of(backend)
    assert SUBJECT in log_of(backend)
    report: Report = backend.run(erase(backend.runtime, person.user_id))
    assert report.scrubbed
    for trace in (SUBJECT, ADDRESS, TEXT):
        assert trace not in log_of(backend)


def test_no_file_holds_a_byte_of_it(make_backend: Callable[..., Backend]) -> None:
    backend = make_backend(sqlite)
    person = life_of(backend)
    held = bytes_of(backend.folder)
    assert [trace for trace in TRACES if trace not in held] == []
    report: Report = backend.run(erase(backend.runtime, person.user_id))
    assert report.scrubbed
    left = bytes_of(backend.folder)
    assert [trace for trace in TRACES if trace in left] == []


def test_the_remains_of_deleted_rows_are_overwritten(make_backend: Callable[..., Backend]) -> None:
    """Without the rewriting, which a large file is spared: what is deleted is overwritten where it lay."""
    backend = make_backend(sqlite)
    person = life_of(backend)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scrub, "REWRITTEN_BYTES", 0)
        report: Report = backend.run(erase(backend.runtime, person.user_id))
    assert not report.scrubbed, "it is said that something may be left"
    assert ADDRESS.encode() not in bytes_of(backend.folder)


def test_a_reader_in_the_way_is_told(make_backend: Callable[..., Backend], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scrub, "TIMEOUT_SECONDS", 0.0)
    backend = make_backend(sqlite)
    person = life_of(backend)
    with closing(sqlite3.connect(backend.folder / "connvo.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT ts FROM _clock").fetchone()
        report: Report = backend.run(erase(backend.runtime, person.user_id))
    assert not report.scrubbed
    assert backend.run(backend.engine.scrub())
    left = bytes_of(backend.folder)
    assert [trace for trace in TRACES if trace in left] == []


@pytest.mark.parametrize("engine", ENGINES)
def test_answers_kept_for_their_devices_go(engine: str, make_backend: Callable[..., Backend]) -> None:
    backend = make_backend(ENGINES[engine])
    people = [backend.sign_in(name) for name in ("ada", "bob")]
    for caller in people:
        assert caller.identity is not None
        request = Request.of("session", 0, caller.identity)
        backend.run(send_through(backend.runtime, "users/mutations:updateLastSeen", caller.identity, request))
    backend.run(erase(backend.runtime, people[0].user_id))
    tokens = [caller.identity.token_identifier for caller in people if caller.identity]

    def left(token: str) -> int:
        return len(backend.run(backend.engine.write(lambda db: record_ids(db, token, 9))).value)

    assert [left(token) for token in tokens] == [0, 1]
