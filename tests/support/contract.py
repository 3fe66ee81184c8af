"""The documented API as the tests hold it: `tests/contract/operations.json`, one line per operation.

`validate_response` is stricter than the document: objects are closed, ids are ids of their table, and "always
null" is null. `lines` writes a schema out so that two schemas can be compared, and a difference read, line by line.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import connvo.schema  # noqa: F401 - declares the tables whose ids are checked
from connvo.kernel.errors import ERROR_TABLE
from connvo.store.schema import table_named, tables

Schema: TypeAlias = dict[str, Any]

OPERATIONS = Path(__file__).parent.parent / "contract" / "operations.json"
RUN = "/api/run/"
# Public functions that the documented API does not have.
UNDOCUMENTED = {
    "audit/logging:getAuditHead",
    "audit/logging:listAuditLogs",
    "embeddings/search:searchText",
    "insights/availability:getAvailability",
    "insights/report:deleteItem",
    "insights/report:editItem",
    "insights/report:getMyRatings",
    "insights/report:getReport",
    "insights/report:rateItem",
    "insights/report:setEnabled",
    "matching/availability:getAvailability",
    "matching/matches:getCurrentMatch",
    "matching/matches:getEntry",
    "matching/matches:getMatchToRate",
    "matching/matches:listPastMatches",
    "matching/weights:applyWeights",
    "matching/weights:listWeights",
    "meetings/attendance:listAttendees",
    "meetings/chat:changesSince",
    "meetings/chat:listMessages",
    "meetings/chat:sendMessage",
    "meetings/door:admit",
    "meetings/door:getAdmission",
    "meetings/door:getDoor",
    "meetings/door:letInAgain",
    "meetings/door:listKeptOut",
    "meetings/door:listWaiting",
    "meetings/door:setDoor",
    "meetings/door:stopWaiting",
    "meetings/door:turnAway",
    "meetings/invitations:acceptInvitation",
    "meetings/invitations:declineInvitation",
    "meetings/invitations:inviteAddress",
    "meetings/invitations:listInvitations",
    "meetings/invitations:listInvitedAddresses",
    "meetings/links:acceptLink",
    "meetings/links:createLink",
    "meetings/links:getLink",
    "meetings/links:revokeLink",
    "meetings/webrtc/turn:getICEServers",
    "meetings/lifecycle:extendMeeting",
    "meetings/lifecycle:reopenMeeting",
    "meetings/moderation:acknowledgeMute",
    "meetings/moderation:getMuteRequest",
    "meetings/moderation:requestMute",
    "meetings/queries:getMeetingEnd",
    "meetings/queries:getOwnMeeting",
    "meetings/queries:listPastMeetings",
    "meetings/queries:listUpcomingMeetings",
    "meetings/stream/index:getRecordings",
    "meetings/webrtc/leaving:leaveCall",
    "meetings/webrtc/recovery:enterMediaRoom",
    "meetings/roster:changesSince",
    "meetings/roster:listPrivateCards",
    "meetings/webrtc/recovery:getRecoveries",
    "meetings/webrtc/recovery:getRoomState",
    "meetings/webrtc/recovery:getTimeline",
    "monitoring/customMetrics:getCustomMetric",
    "notes/history:getRevision",
    "notes/history:listRevisions",
    "notes/index:getMeetingNotes",
    "notes/presence:leave",
    "notes/presence:listCursors",
    "notes/presence:setCursor",
    "notes/queries:getMeetingNotes",
    "notes/sync:access",
    "notes/sync:apply",
    "notes/sync:operationsSince",
    "notes/sync:setLocked",
    "notes/sync:snapshot",
    "operators/access:getAccess",
    "operators/audit:beginCheck",
    "operators/audit:exportPage",
    "operators/audit:getCheck",
    "operators/audit:listActions",
    "operators/health:checkParts",
    "operators/health:getOverview",
    "operators/jobs:listJobs",
    "operators/jobs:retryJob",
    "operators/meetings:getTimeline",
    "operators/meetings:listFailures",
    "operators/meetings:listRunning",
    "operators/users:eraseUser",
    "operators/users:findUsers",
    "operators/users:setUserActive",
    "profiles/mutations:createProfile",
    "profiles/mutations:updateProfile",
    "settings/mutations:updateSettings",
    "settings/queries:getCurrentUserSettings",
    "transcripts/captions:getLive",
    "transcripts/editing:correct",
    "transcripts/editing:deleteMine",
    "transcripts/export:getFile",
    "transcripts/queries:getTranscriptSegments",
    "transcripts/queries:getExtent",
    "transcripts/queries:getSequenceAt",
    "transcripts/queries:listChunks",
    "transcripts/queries:listChunksAfter",
    "transcripts/queries:listSpeakers",
    "transcripts/search:find",
    "transcripts/search:findEverywhere",
    "transcripts/session:answer",
    "transcripts/session:erase",
    "transcripts/session:getState",
    "transcripts/session:start",
    "transcripts/session:stop",
    "users/blocks:blockUser",
    "users/blocks:listBlockedUsers",
    "users/blocks:unblockUser",
    "users/mutations:reactivateUser",
    "users/reports:report",
    "users/sessions:describeSession",
    "users/sessions:endOtherSessions",
    "users/sessions:endSession",
    "users/sessions:listMine",
}
# Where Janus is configured, and only there, it is named beside these.
PROVIDERS = ["webrtc", "getstream"]
STATUS_OF = {error.code: error.status for error in ERROR_TABLE}
SUCCESS_MEMBERS = {"status", "value", "logLines"}
ERROR_MEMBERS = {"status", "errorMessage", "errorData", "logLines"}


@cache
def operations() -> dict[str, Schema]:
    """Return every documented operation by the path it is served at."""
    loaded: dict[str, Schema] = json.loads(OPERATIONS.read_text())
    return loaded


def validate_response(path: str, envelope: dict[str, Any]) -> None:
    """Check the answer of a function, named `module:function`. Raises AssertionError that says where it is wrong."""
    if envelope.get("status") == "success":
        assert {"status", "value"} <= envelope.keys() <= SUCCESS_MEMBERS, f"{path}: envelope has {sorted(envelope)}"
        operation = operations().get(RUN + path.replace(":", "/"))
        assert operation is not None or path in UNDOCUMENTED, f"{path} is neither documented nor known as an extra"
        if operation is not None:
            wrong = next(problems(operation["value"], envelope["value"], "value"), None)
            assert wrong is None, f"{path}: {wrong}"
    else:
        _validate_error(path, envelope)


def _validate_error(path: str, envelope: dict[str, Any]) -> None:
    assert envelope.get("status") == "error", f"{path}: status is {envelope.get('status')!r}"
    assert {"status", "errorMessage", "errorData"} <= envelope.keys() <= ERROR_MEMBERS, f"{path}: {sorted(envelope)}"
    _check_text(envelope["errorMessage"], f"{path}: errorMessage")
    data = envelope["errorData"]
    assert {"code", "message", "statusCode"} <= data.keys() <= {"code", "message", "statusCode", "metadata"}, (
        f"{path}: errorData has {sorted(data)}"
    )
    assert STATUS_OF.get(data["code"]) == data["statusCode"], f"{path}: {data['code']} with {data['statusCode']}"
    _check_text(data["message"], f"{path}: errorData.message")
    for name, value in data.get("metadata", {}).items():
        each = value if isinstance(value, list) else [value]
        assert all(isinstance(item, str | int | float) for item in each), f"{path}: metadata.{name} is {value!r}"


def _check_text(value: Any, where: str) -> None:
    assert isinstance(value, str), f"{where} is {value!r}"
    assert value, f"{where} is empty"


def problems(schema: Schema, value: Any, where: str) -> Iterator[str]:
    """Yield what is wrong with a value, each with its place."""
    if "anyOf" in schema:
        tried = [list(problems(member, value, where)) for member in schema["anyOf"]]
        if all(tried):
            yield from min(tried, key=len)
    elif "enum" in schema:
        if value not in schema["enum"] and not (schema["enum"] == PROVIDERS and value == "janus"):
            yield f"{where}: {value!r} is none of {schema['enum']}"
    elif schema.get("x-alwaysNull"):
        if value is not None:
            yield f"{where}: {value!r} is not null"
    elif schema:
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if kind_of(value) not in kinds:
            yield f"{where}: {value!r} is not {' or '.join(kinds)}"
        elif value is not None:
            yield from _inner_problems(schema, value, where)


def _inner_problems(schema: Schema, value: Any, where: str) -> Iterator[str]:
    if isinstance(value, list):
        for position, item in enumerate(value):
            yield from problems(schema["items"], item, f"{where}[{position}]")
    elif "additionalProperties" in schema:
        for name, item in value.items():
            yield from problems(schema["additionalProperties"], item, f"{where}.{name}")
    elif isinstance(value, dict):
        for name in sorted(set(schema["required"]) - value.keys()):
            yield f"{where}.{name}: missing"
        for name, item in value.items():
            if name not in schema["properties"]:
                yield f"{where}.{name}: not in the contract"
            else:
                yield from problems(schema["properties"][name], item, f"{where}.{name}")
    elif "x-idTable" in schema and not _is_id_of(schema["x-idTable"], value):
        yield f"{where}: {value!r} is no id of {schema['x-idTable']}"


def _is_id_of(table: str, value: str) -> bool:
    """Return whether a text is an id of a table; of a table that this server does not have, anything is."""
    return table not in {known.name for known in tables()} or table_named(table).owns_id(value)


def kind_of(value: Any) -> str:
    """Return the JSON type of a decoded value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "string" if isinstance(value, str | bytes) else "array" if isinstance(value, list) else "object"


def lines(schema: Schema, where: str, components: dict[str, Schema]) -> set[str]:
    """Return what a schema says, one fact per line. Schemas that describe the same JSON give the same lines."""
    schema = resolve(schema, components)
    if "anyOf" in schema or "oneOf" in schema:
        members = [resolve(member, components) for member in schema.get("anyOf") or schema["oneOf"]]
        shapes = [member for member in members if "properties" in member]
        return set().union(*(lines(m, _variant(where, m) if len(shapes) > 1 else where, components) for m in members))
    if "enum" in schema or "const" in schema:
        return {f"{where} may be {json.dumps(value)}" for value in schema.get("enum", [schema.get("const")])}
    if not schema:
        return {f"{where} is anything"}
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    found = {f"{where} may be {'a number' if kind in ('integer', 'number') else kind}" for kind in kinds}
    if "x-idTable" in schema:
        found.add(f"{where} is an id of {schema['x-idTable']}")
    if isinstance(schema.get("additionalProperties"), dict):
        found |= lines(schema["additionalProperties"], f"{where}.*", components)
    for name, member in schema.get("properties", {}).items():
        found.add(f"{where}.{name} is {'required' if name in schema.get('required', ()) else 'optional'}")
        found |= lines(member, f"{where}.{name}", components)
    if "items" in schema:
        found |= lines(schema["items"], f"{where}[]", components)
    return found


def resolve(schema: Schema, components: dict[str, Schema]) -> Schema:
    """Return the schema that a reference stands for."""
    while "$ref" in schema:
        schema = components[schema["$ref"].rsplit("/", 1)[1]]
    return schema


def _variant(where: str, schema: Schema) -> str:
    return f"{where}<{','.join(sorted(schema['properties']))}>" if "properties" in schema else where
