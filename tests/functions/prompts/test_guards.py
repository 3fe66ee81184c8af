"""Who is refused by every function about prompts, before anything else is looked at."""

from collections.abc import Iterator
from typing import Any

import pytest

from connvo.kernel.ids import encode_id
from connvo.schema.meetings import Meeting
from connvo.schema.prompts import Prompt
from connvo.store.schema import table_of
from tests.support.backend import Backend, Caller
from tests.support.prompts import GENERATE, IDEAS, LIVE, NUDGES, RATE, Hinted

ABOUT_A_MEETING = [GENERATE, IDEAS, NUDGES, LIVE]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hinted]:
    """One meeting for all tests in which somebody is refused and no more: that changes nothing."""
    backend = Backend(tmp_path_factory.mktemp("guards"))
    yield Hinted(backend)
    backend.close()


def refused(call: Hinted, caller: Caller, path: str, code: str, **more: Any) -> dict[str, Any]:
    """Returns the metadata of the refusal of a call about the meeting."""
    return caller.fails(path, code, **{"meetingId": call.meeting_id, **more}).metadata


@pytest.mark.parametrize("path", ABOUT_A_MEETING)
def test_a_caller_without_a_token_or_an_account_is_refused(shared: Hinted, path: str) -> None:
    refused(shared, shared.backend.anonymous, path, "UNAUTHORIZED")
    refused(shared, shared.backend.sign_in("sam", provision=False), path, "UNAUTHORIZED")


@pytest.mark.parametrize("path", ABOUT_A_MEETING)
def test_an_outsider_is_refused_and_does_not_learn_which_meetings_exist(shared: Hinted, path: str) -> None:
    assert refused(shared, shared.outsider, path, "FORBIDDEN")["meetingId"] == shared.meeting_id
    nowhere = encode_id(table_of(Meeting).number, bytes(16))
    refused(shared, shared.host, path, "FORBIDDEN", meetingId=nowhere)


@pytest.mark.parametrize("path", ABOUT_A_MEETING)
@pytest.mark.parametrize("bad", ["", "nonsense", "USER", 7, None])
def test_other_text_than_a_meeting_id_is_refused_by_name(shared: Hinted, path: str, bad: Any) -> None:
    given = shared.host.user_id if bad == "USER" else bad
    assert refused(shared, shared.host, path, "VALIDATION_ERROR", meetingId=given)["field"] == "meetingId"


@pytest.mark.parametrize("path", ABOUT_A_MEETING)
def test_an_unknown_argument_is_refused_by_name(shared: Hinted, path: str) -> None:
    assert refused(shared, shared.host, path, "VALIDATION_ERROR", surprise=1)["field"] == "surprise"


@pytest.mark.parametrize("path", [IDEAS, NUDGES])
@pytest.mark.parametrize("bad", ["many", True, "1"])
def test_a_limit_is_a_number(shared: Hinted, path: str, bad: Any) -> None:
    assert refused(shared, shared.host, path, "VALIDATION_ERROR", limit=bad)["field"] == "limit"


def test_only_a_host_forces_a_new_set(shared: Hinted) -> None:
    for person in (shared.guest, shared.watcher):
        refusal = refused(shared, person, GENERATE, "INSUFFICIENT_PERMISSIONS", forceRegenerate=True)
        assert refusal["requiredRole"] == "host"


@pytest.mark.parametrize("bad", ["liked", "", None, 1])
def test_feedback_is_one_of_three_words(shared: Hinted, bad: Any) -> None:
    some = encode_id(table_of(Prompt).number, bytes(16))
    assert shared.host.fails(RATE, "VALIDATION_ERROR", promptId=some, feedback=bad).metadata["field"] == "feedback"


def test_a_prompt_is_unknown_to_all_others(call: Hinted) -> None:
    idea = call.host.call(GENERATE, meetingId=call.meeting_id)["promptIds"][0]
    nowhere = encode_id(table_of(Prompt).number, bytes(16))
    call.backend.anonymous.fails(RATE, "UNAUTHORIZED", promptId=idea, feedback="used")
    call.outsider.fails(RATE, "NOT_FOUND", promptId=idea, feedback="used")
    call.host.fails(RATE, "NOT_FOUND", promptId=nowhere, feedback="used")
    call.host.fails(RATE, "VALIDATION_ERROR", promptId=call.meeting_id, feedback="used")


def test_a_removed_member_is_an_outsider_to_each(call: Hinted) -> None:
    idea = call.watcher.call(GENERATE, meetingId=call.meeting_id)["promptIds"][0]
    call.of(call.host, "removeParticipant", userId=call.watcher.user_id)
    for path in ABOUT_A_MEETING:
        assert refused(call, call.watcher, path, "FORBIDDEN")["reason"] == "removed"
    call.watcher.fails(RATE, "NOT_FOUND", promptId=idea, feedback="used")


def test_a_deactivated_account_is_refused_by_each(call: Hinted) -> None:
    idea = call.guest.call(GENERATE, meetingId=call.meeting_id)["promptIds"][0]
    call.guest.call("users/mutations:deactivateUser", userId=call.guest.user_id)
    for path in ABOUT_A_MEETING:
        refused(call, call.guest, path, "FORBIDDEN")
    call.guest.fails(RATE, "FORBIDDEN", promptId=idea, feedback="used")


def test_a_sign_in_that_was_ended_is_refused_by_each(call: Hinted) -> None:
    idea = call.guest.call(GENERATE, meetingId=call.meeting_id)["promptIds"][0]
    call.guest.call("users/sessions:endSession")
    for path in ABOUT_A_MEETING:
        assert refused(call, call.guest, path, "UNAUTHORIZED") == {"reason": "session_ended"}
    assert call.guest.fails(RATE, "UNAUTHORIZED", promptId=idea, feedback="used").metadata == {
        "reason": "session_ended"
    }


def test_the_table_names_every_function_about_prompts(backend: Backend) -> None:
    entries = [one for one in backend.runtime.registry.functions() if not one.internal and one.alias_of is None]
    assert {one.path for one in entries if one.path.startswith("prompts/")} == {*ABOUT_A_MEETING, RATE}
