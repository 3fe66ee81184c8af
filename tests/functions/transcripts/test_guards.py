"""Who is refused by every function about transcripts, before anything else is looked at."""

from collections.abc import Iterator
from typing import Any

import pytest

from connvo.kernel.ids import encode_id
from connvo.schema.meetings import Meeting
from connvo.store.schema import table_of
from tests.support.backend import Backend, Caller
from tests.support.speech import CHUNKS, INGEST, SEGMENTS, STATS, STREAM, Talk

BATCH = "realtime/batchedOperations:batchIngestTranscriptChunk"
LIST = "transcripts/queries:listChunks"
SESSION = "transcripts/session"
FIRST_PAGE = {"numItems": 5, "cursor": None}
SPEECH: dict[str, Any] = {"text": "Hello", "confidence": 0.9}
ABOUT_A_MEETING: dict[str, dict[str, Any]] = {
    INGEST: {**SPEECH, "startTime": 1.0, "endTime": 2.0},
    BATCH: {**SPEECH, "startMs": 1.0, "endMs": 2.0},
    CHUNKS: {},
    STATS: {},
    STREAM: {},
    SEGMENTS: {},
    LIST: {"paginationOpts": FIRST_PAGE},
    "transcripts/queries:listChunksAfter": {"sequence": 0},
    "transcripts/queries:getSequenceAt": {"atMs": 0},
    "transcripts/queries:getExtent": {},
    f"{SESSION}:getState": {},
    f"{SESSION}:start": {"mode": "captions"},
    f"{SESSION}:stop": {},
    f"{SESSION}:answer": {"allowed": False},
    f"{SESSION}:erase": {},
    "transcripts/captions:getLive": {},
    "transcripts/queries:listSpeakers": {},
    "transcripts/editing:deleteMine": {},
    "transcripts/export:getFile": {"format": "vtt"},
    "transcripts/search:find": {"text": "hello"},
}
# Their argument is no meeting: test_editing.py and test_search.py try who may call them.
OTHERS = {"transcripts/editing:correct", "transcripts/search:findEverywhere"}
FOR_HOSTS = [f"{SESSION}:erase", "transcripts/export:getFile"]
NOT_FOR_OBSERVERS = [*FOR_HOSTS, INGEST, BATCH, *(f"{SESSION}:{name}" for name in ("start", "stop", "answer"))]
ALL = list(ABOUT_A_MEETING)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    """One meeting for all tests in which somebody is refused and no more: that changes nothing."""
    backend = Backend(tmp_path_factory.mktemp("guards"))
    yield Talk(backend)
    backend.close()


def refused(talk: Talk, caller: Caller, path: str, code: str, **more: Any) -> dict[str, Any]:
    """Return the metadata of the refusal of a call about the meeting."""
    error = caller.fails(path, code, **{"meetingId": talk.meeting_id, **ABOUT_A_MEETING[path], **more})
    return error.metadata


@pytest.mark.parametrize("path", ALL)
def test_nobody_gets_in_without_a_token_or_an_account(shared: Talk, path: str) -> None:
    refused(shared, shared.backend.anonymous, path, "UNAUTHORIZED")
    refused(shared, shared.backend.sign_in("sam", provision=False), path, "UNAUTHORIZED")


@pytest.mark.parametrize("path", ALL)
def test_an_outsider_is_refused_and_does_not_learn_which_meetings_exist(shared: Talk, path: str) -> None:
    assert refused(shared, shared.outsider, path, "FORBIDDEN")["meetingId"] == shared.meeting_id
    nowhere = encode_id(table_of(Meeting).number, bytes(16))
    refused(shared, shared.host, path, "FORBIDDEN", meetingId=nowhere)


@pytest.mark.parametrize("path", ALL)
@pytest.mark.parametrize("bad", ["", "nonsense", "USER", 7, None])
def test_an_invalid_meeting_id_is_refused_by_name(shared: Talk, path: str, bad: Any) -> None:
    given = shared.host.user_id if bad == "USER" else bad
    assert refused(shared, shared.host, path, "VALIDATION_ERROR", meetingId=given)["field"] == "meetingId"


@pytest.mark.parametrize("path", ALL)
def test_an_unknown_argument_is_refused_by_name(shared: Talk, path: str) -> None:
    assert refused(shared, shared.host, path, "VALIDATION_ERROR", surprise=1)["field"] == "surprise"


@pytest.mark.parametrize("path", NOT_FOR_OBSERVERS)
def test_an_observer_only_watches(shared: Talk, path: str) -> None:
    assert refused(shared, shared.watcher, path, "INSUFFICIENT_PERMISSIONS")["currentRole"] == "observer"


@pytest.mark.parametrize("path", FOR_HOSTS)
def test_a_participant_may_not_call_functions_for_hosts(shared: Talk, path: str) -> None:
    assert refused(shared, shared.guest, path, "INSUFFICIENT_PERMISSIONS")["requiredRole"] == "host"


def test_a_removed_member_is_an_outsider_to_each(talk: Talk) -> None:
    talk.of(talk.host, "removeParticipant", userId=talk.watcher.user_id)
    for path in ALL:
        assert refused(talk, talk.watcher, path, "FORBIDDEN")["reason"] == "removed"


def test_a_deactivated_account_is_refused_by_each(talk: Talk) -> None:
    talk.guest.call("users/mutations:deactivateUser", userId=talk.guest.user_id)
    for path in ALL:
        refused(talk, talk.guest, path, "FORBIDDEN")


def test_a_sign_in_that_was_ended_is_refused_by_each(talk: Talk) -> None:
    talk.guest.call("users/sessions:endSession")
    for path in ALL:
        assert refused(talk, talk.guest, path, "UNAUTHORIZED") == {"reason": "session_ended"}


def test_the_table_names_every_function_about_transcripts(backend: Backend) -> None:
    entries = [entry for entry in backend.runtime.registry.functions() if not entry.internal]
    assert {entry.path for entry in entries if "ranscript" in entry.path} == {*ALL, *OTHERS}
