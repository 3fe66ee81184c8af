"""Who is refused by every function about insights, before anything else is looked at."""

from collections.abc import Iterator
from typing import Any

import pytest

from connvo.kernel.ids import encode_id
from connvo.schema.insights import Insight
from connvo.schema.meetings import Meeting
from connvo.settings import InsightSettings, Settings
from connvo.store.schema import table_of
from tests.support.backend import Backend, Caller
from tests.support.insights import (
    AVAILABILITY,
    BY_ID,
    CONNECTIONS,
    DELETE,
    EDIT,
    ENABLE,
    FEEDBACK,
    GENERATE,
    LIST,
    MINE,
    RATE,
    RATINGS,
    REMOVE,
    REPORT,
    Conversation,
)

ABOUT_A_MEETING: dict[str, dict[str, Any]] = {
    GENERATE: {},
    MINE: {},
    REPORT: {},
    RATINGS: {},
    EDIT: {"itemId": "x", "text": "Changed"},
    REMOVE: {"itemId": "x"},
    RATE: {"itemId": "x", "vote": "up"},
    ENABLE: {"enabled": False},
}
SOME_INSIGHT = encode_id(table_of(Insight).number, bytes(16))
OTHERS: dict[str, dict[str, Any]] = {
    LIST: {},
    CONNECTIONS: {},
    AVAILABILITY: {},
    BY_ID: {"insightId": SOME_INSIGHT},
    DELETE: {"insightId": SOME_INSIGHT},
    FEEDBACK: {"insightId": SOME_INSIGHT, "feedback": {}},
}
EVERY = {**ABOUT_A_MEETING, **OTHERS}
# Refused to members who were not in the call, whatever their role.
FOR_ATTENDEES = [REPORT, RATINGS, EDIT, REMOVE, RATE]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Conversation]:
    """One meeting for all tests in which callers are refused and no more: that changes nothing."""
    settings = Settings(insights=InsightSettings(wait_seconds=0))
    backend = Backend(tmp_path_factory.mktemp("guards"), settings)
    made = Conversation(backend)
    made.conclude()
    yield made
    backend.close()


def refused(shared: Conversation, caller: Caller, path: str, code: str, **more: Any) -> dict[str, Any]:
    """Returns the metadata of the refusal of a call."""
    about = {"meetingId": shared.meeting_id} if path in ABOUT_A_MEETING else {}
    return caller.fails(path, code, **{**about, **EVERY[path], **more}).metadata


@pytest.mark.parametrize("path", EVERY)
def test_nobody_gets_in_without_a_token_or_an_account(shared: Conversation, path: str) -> None:
    refused(shared, shared.backend.anonymous, path, "UNAUTHORIZED")
    refused(shared, shared.backend.sign_in("sam", provision=False), path, "UNAUTHORIZED")


@pytest.mark.parametrize("path", ABOUT_A_MEETING)
def test_an_outsider_is_refused_and_does_not_learn_which_meetings_exist(shared: Conversation, path: str) -> None:
    assert refused(shared, shared.outsider, path, "FORBIDDEN")["meetingId"] == shared.meeting_id
    nowhere = encode_id(table_of(Meeting).number, bytes(16))
    refused(shared, shared.host, path, "FORBIDDEN", meetingId=nowhere)


@pytest.mark.parametrize("path", FOR_ATTENDEES)
def test_an_observer_absent_from_the_call_is_refused(shared: Conversation, path: str) -> None:
    assert refused(shared, shared.watcher, path, "FORBIDDEN")["reason"] == "not_attended"


def test_only_a_host_switches_reports_off(shared: Conversation) -> None:
    for person in (shared.guest, shared.watcher):
        refused(shared, person, ENABLE, "INSUFFICIENT_PERMISSIONS")


@pytest.mark.parametrize("path", [BY_ID, DELETE, FEEDBACK])
def test_an_unknown_insight_is_not_found(shared: Conversation, path: str) -> None:
    refused(shared, shared.host, path, "NOT_FOUND")


@pytest.mark.parametrize("path", [EDIT, REMOVE, RATE])
def test_an_unknown_item_is_not_found(shared: Conversation, path: str) -> None:
    refused(shared, shared.host, path, "NOT_FOUND")


@pytest.mark.parametrize("path", ABOUT_A_MEETING)
@pytest.mark.parametrize("bad", ["", "nonsense", "USER", 7, None])
def test_a_value_that_is_no_meeting_id_is_refused_by_name(shared: Conversation, path: str, bad: Any) -> None:
    given = shared.host.user_id if bad == "USER" else bad
    assert refused(shared, shared.host, path, "VALIDATION_ERROR", meetingId=given)["field"] == "meetingId"


@pytest.mark.parametrize("path", EVERY)
def test_an_unknown_argument_is_refused_by_name(shared: Conversation, path: str) -> None:
    assert refused(shared, shared.host, path, "VALIDATION_ERROR", surprise=1)["field"] == "surprise"


def test_a_removed_member_sees_their_own_insights_alone(conversation: Conversation) -> None:
    conversation.of(conversation.host, "removeParticipant", userId=conversation.guest.user_id)
    conversation.conclude()
    assert conversation.guest.call(MINE, meetingId=conversation.meeting_id) is not None
    for path in ABOUT_A_MEETING.keys() - {MINE}:
        assert refused(conversation, conversation.guest, path, "FORBIDDEN")["reason"] == "removed"


def test_a_deactivated_account_is_refused_by_each(conversation: Conversation) -> None:
    conversation.guest.call("users/mutations:deactivateUser", userId=conversation.guest.user_id)
    for path in EVERY:
        refused(conversation, conversation.guest, path, "FORBIDDEN")


def test_a_sign_in_that_was_ended_is_refused_by_each(conversation: Conversation) -> None:
    conversation.guest.call("users/sessions:endSession")
    for path in EVERY:
        assert refused(conversation, conversation.guest, path, "UNAUTHORIZED") == {"reason": "session_ended"}


def test_the_table_names_every_function_about_insights(backend: Backend) -> None:
    entries = [one for one in backend.runtime.registry.functions() if not one.internal and one.alias_of is None]
    assert {entry.path for entry in entries if entry.path.startswith("insights/")} == EVERY.keys()
