"""The validator that every test's responses pass through notices what it must."""

from typing import Any

import pytest

from connvo.store.schema import table_named
from tests.support.contract import validate_response

USER = table_named("users").new_id(bytes(16))
MEETING = table_named("meetings").new_id(bytes(16))


def success(value: Any) -> dict[str, Any]:
    return {"status": "success", "value": value}


def failure(**data: Any) -> dict[str, Any]:
    return {"status": "error", "errorMessage": "no", "errorData": data}


def test_right_answers_pass() -> None:
    validate_response("users/mutations:upsertUser", success(USER))
    validate_response("users/mutations:updateLastSeen", success(None))
    validate_response("users/queries:getUserProfile", success({"_id": USER, "isActive": True}))
    validate_response("users/queries:getUserProfile", success(None))
    validate_response("settings/queries:getCurrentUserSettings", success({"anything": 1}))
    validate_response("meetings/lifecycle:startMeeting", failure(code="NOT_FOUND", message="x", statusCode=404))
    validate_response("x:y", failure(code="CONFLICT", message="x", statusCode=409, metadata={"a": 1, "b": ["c"]}))


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("users/mutations:upsertUser", 7, "value: 7 is not string"),
        ("users/mutations:upsertUser", MEETING, "is no id of users"),
        ("users/mutations:updateLastSeen", "done", "'done' is not null"),
        ("users/queries:getUserProfile", {"_id": USER}, "value.isActive: missing"),
        ("users/queries:getUserProfile", {"_id": USER, "isActive": 1}, "value.isActive: 1 is not boolean"),
        ("users/queries:getUserProfile", {"_id": USER, "isActive": True, "email": "a@b"}, "value.email: not in"),
        ("users/queries:getUserProfile", {"_id": USER, "isActive": True, "orgId": None}, "value.orgId: None"),
        ("meetings/lifecycle:addMultipleParticipants", {"added": [1], "skipped": [], "success": True}, r"added\[0\]"),
        ("meetings/webrtc/signaling:getPendingSignals", [{"type": "video"}], r"value\[0\]"),
        ("nobody/knows:this", 1, "neither documented"),
    ],
)
def test_a_wrong_value_is_named_with_its_place(path: str, value: Any, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        validate_response(path, success(value))


@pytest.mark.parametrize(
    "envelope",
    [
        {"status": "success"},
        {"status": "success", "value": None, "extra": 1},
        {"status": "other"},
        {"status": "error", "errorMessage": "no"},
        {"status": "error", "errorMessage": "", "errorData": {"code": "CONFLICT", "message": "x", "statusCode": 409}},
        failure(code="CONFLICT", message="x", statusCode=400),
        failure(code="SOMETHING", message="x", statusCode=400),
        failure(code="CONFLICT", message="x"),
        failure(code="CONFLICT", message="x", statusCode=409, more=1),
        failure(code="CONFLICT", message="x", statusCode=409, metadata={"a": {"b": 1}}),
    ],
)
def test_a_wrong_envelope_is_refused(envelope: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        validate_response("users/mutations:updateLastSeen", envelope)
