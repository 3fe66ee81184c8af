"""Every function of the API, called by everybody who has no right to it."""

import base64
from typing import Any

import pytest

import connvo.functions
import connvo.model
from connvo.kernel.ids import encode_id
from connvo.rules.embeddings.lexical import embedded
from connvo.rules.embeddings.models import LEXICAL
from connvo.runtime.jobs.tables import Job
from connvo.runtime.registry import RegisteredFunction, Registry
from connvo.schema.embeddings import Embedding
from connvo.schema.insights import Insight
from connvo.schema.matching import QueueEntry
from connvo.schema.moderation import MuteRequest
from connvo.schema.notes import NoteCheckpoint
from connvo.schema.prompts import Prompt
from connvo.schema.signals import Signal
from connvo.schema.transcripts import Chunk
from connvo.store.schema import table_of

from .rights import CALLERS, MEMBERS, RIGHTS, Right
from .scene import SECRET, Person, Scene
from .wire import Answer

ENTRIES = [entry for entry in Registry(connvo.functions).functions() if not entry.internal and entry.alias_of is None]
INTERNAL = [entry for entry in Registry(connvo.model).functions() if entry.internal]
REFUSALS = {
    "UNAUTHORIZED", "FORBIDDEN", "INSUFFICIENT_PERMISSIONS", "NOT_FOUND", "VALIDATION_ERROR", "MEETING_NOT_ACTIVE",
    "CONFLICT", "Unauthenticated", "RATE_LIMIT_EXCEEDED",
}  # fmt: skip
# They end the token that calls them, which others need here: somebody new calls them.
ENDING = {"users/sessions:endSession", "users/sessions:endOtherSessions"}
SIGNING_UP = "users/mutations:upsertUser"
PAGE = {"numItems": 50, "cursor": None}
SOME_SIGNAL = encode_id(table_of(Signal).number, bytes(16))
SOME_REQUEST = encode_id(table_of(MuteRequest).number, bytes(16))
SOME_CHUNK = encode_id(table_of(Chunk).number, bytes(16))
SOME_PROMPT = encode_id(table_of(Prompt).number, bytes(16))
SOME_CHECKPOINT = encode_id(table_of(NoteCheckpoint).number, bytes(16))
SOME_JOB = encode_id(table_of(Job).number, bytes(16))
SOME_VECTOR = encode_id(table_of(Embedding).number, bytes(16))
SOME_INSIGHT = encode_id(table_of(Insight).number, bytes(16))
SOME_ENTRY = encode_id(table_of(QueueEntry).number, bytes(16))
WISHES = {"interests": ["x"], "roles": ["x"]}
OWNED = {"type": "insert", "position": 0, "content": "Owned"}
# Two functions take lists of operations, in different forms.
OPERATIONS: dict[str, list[dict[str, Any]]] = {
    "notes/mutations:batchApplyNoteOperations": [{"operation": OWNED, "clientSequence": 0}],
    "notes/offline:queueOfflineOperations": [
        OWNED
        | {"id": "1", "authorId": "x", "timestamp": 0, "sequence": 0, "clientId": "desk"}
        | {"queuedAt": 0, "attempts": 0, "status": "pending"}
    ],
}


def arguments(scene: Scene, entry: RegisteredFunction, person: Person) -> dict[str, Any]:
    """Return arguments that would do harm, or show something, if they were let in."""
    values: dict[str, Any] = {
        "meetingId": scene.meeting,
        "userId": scene.guest.user,
        "targetUserId": scene.guest.user,
        "sessionId": scene.session(scene.host),
        "sessionIds": [scene.session(scene.host)],
        "signalIds": [SOME_SIGNAL],
        "requestId": SOME_REQUEST,
        "role": "host",
        "newRole": "participant",
        "participants": [{"userId": scene.outsider.user, "role": "host"}],
        "paginationOpts": PAGE,
        "text": "Hello",
        "content": "Hello",
        "embeddingId": SOME_VECTOR,
        "model": LEXICAL,
        "queryVector": base64.b64encode(embedded("Hello")).decode(),
        "sourceId": scene.meeting,
        "sourceType": "meeting",
        "topics": ["x"],
        "title": "x",
        "code": "x" * 22,
        "interests": [],
        "displayName": "Name",
        "activityType": "message",
        "speakingDurationMs": 1000,
        "door": "closed",
        "browser": "firefox",
        "system": "linux",
        "email": f"{person.name}@example.org",
        "errorType": "ice_failed",
        "state": "failed" if entry.path.startswith("operators") else "closed",
        "stats": {"bitrate": 1, "packetLoss": 1, "latency": 1, "jitter": 1},
        "candidate": {"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host", "sdpMid": "0"},
        "description": {"type": "offer", "sdp": "v=0\r\n"},
        "workosUserId": person.name,
        "sequence": 0, "clientSequence": 0, "targetSequence": 0, "expectedVersion": 0, "number": 1,
        "anchor": 0, "head": 0, "locked": True,
        "operation": OWNED,
        "changes": [{"position": 0, "content": "Owned"}],
        "operations": OPERATIONS.get(entry.path),
        "clientId": "desk",
        "checkpointId": SOME_CHECKPOINT,
        "checkpointData": {"sequence": 0, "version": 0, "contentHash": "x", "timestamp": 0},
        "confidence": 1, "startMs": 0, "endMs": 1, "startTime": 0, "endTime": 1,
        "promptId": SOME_PROMPT, "feedback": "used" if entry.path.startswith("prompts") else {"read": True},
        "chunkId": SOME_CHUNK, "revision": 0, "atMs": 0, "format": "txt", "allowed": True, "mode": "captions",
        "age": 30, "gender": "female", "field": "x", "jobTitle": "x", "company": "x", "bio": "Nothing to say",
        "resourceType": "meetingNotes", "resourceId": scene.meeting, "requiredPermissions": ["read"],
        "subscriptions": [
            {"resourceType": "prompts", "resourceId": scene.meeting, "permissions": ["read"], "lastValidated": 0}
        ],
        "requestType": "query", "requestPriority": "low", "serviceName": "janus", "operationId": "x",
        "metricName": "x", "value": 1, "subscriptionId": "x", "lastValidated": 0, "presence": "joined",
        "jobId": SOME_JOB, "active": False,
        "insightId": SOME_INSIGHT, "itemId": "x", "enabled": False,
        "availableFrom": 0, "availableTo": 0, "constraints": WISHES, "queueId": SOME_ENTRY, "status": "waiting",
        "matchId": SOME_ENTRY, "outcome": "accepted", "version": 0,
        "user1Id": scene.host.user, "user2Id": scene.guest.user, "user1Constraints": WISHES, "user2Constraints": WISHES,
    }  # fmt: skip
    needed = [argument.wire_name for argument in entry.signature.arguments if argument.required]
    return {name: values[name] for name in needed}


def known(entry: RegisteredFunction) -> str:
    """Return the path of a function, as pytest shows it."""
    return entry.path


def test_every_function_has_a_row() -> None:
    assert {entry.path for entry in ENTRIES} == RIGHTS.keys()
    assert set(RIGHTS.values()) == set(Right)


@pytest.mark.parametrize("entry", ENTRIES, ids=known)
def test_wrong_callers_get_nothing(scene: Scene, entry: RegisteredFunction) -> None:
    for caller, rights in CALLERS.items():
        if RIGHTS[entry.path] not in rights:
            answer = attempt(scene, entry, caller)
            assert failed(answer), f"{caller} called {entry.path}: {answer.body!r}"
            assert answer.code in REFUSALS, (caller, answer)
        elif caller not in MEMBERS:
            assert attempt(scene, entry, caller).status in (200, 401), caller


def attempt(scene: Scene, entry: RegisteredFunction, caller: str) -> Answer:
    """Return the answer to a caller, which never holds the secret of the victims."""
    person: Person = getattr(scene, caller)
    if entry.path == SIGNING_UP and caller == "unprovisioned":
        person = Person("sue", scene.token("sue"))  # signing up gives an account, and Sam may have none
    if entry.path in ENDING and Right.ACCOUNT in CALLERS[caller]:
        person = scene.someone()
    answer = scene.tries(person, entry.path, **arguments(scene, entry, person))
    assert caller in MEMBERS or SECRET.encode() not in answer.body, (caller, answer)
    return answer


@pytest.mark.parametrize("entry", INTERNAL, ids=known)
def test_nobody_calls_functions_of_the_server(scene: Scene, entry: RegisteredFunction) -> None:
    for door in ("query", "mutation", "action"):
        answer = scene.post(f"/api/{door}", {"path": entry.path, "args": {}}, scene.host)
        assert failed(answer), answer
    assert failed(scene.tries(scene.host, entry.path)), entry.path


# Beyond the table: arguments that ask for more than the function needs.
FOR_HOSTS: dict[str, dict[str, Any]] = {
    "meetings/lifecycle:updateParticipantRole": {"userId": "INSIDER", "newRole": "host"},
    "meetings/lifecycle:addMultipleParticipants": {"participants": []},
    "meetings/webrtc/recovery:getTimeline": {"userId": "GUEST"},
    "transcripts/session:start": {"mode": "transcript"},
}


@pytest.mark.parametrize("who", ["insider", "observer"])
@pytest.mark.parametrize("path", FOR_HOSTS)
def test_a_member_is_no_host(scene: Scene, path: str, who: str) -> None:
    people = {"GUEST": scene.guest.user, "INSIDER": scene.insider.user, "OUTSIDER": scene.outsider.user}
    args = {
        name: people.get(value, value) if isinstance(value, str) else value for name, value in FOR_HOSTS[path].items()
    }
    answer = scene.tries(getattr(scene, who), path, meetingId=scene.meeting, **args)
    assert failed(answer), answer
    assert answer.code in ("INSUFFICIENT_PERMISSIONS", "FORBIDDEN"), answer


ABOUT_OTHERS: dict[str, dict[str, Any]] = {
    "users/queries:getUserById": {},
    "users/mutations:deactivateUser": {},
    "users/mutations:reactivateUser": {},
    "users/mutations:updateUserProfile": {"displayName": "Owned"},
    "users/mutations:updateUserInterests": {"interests": []},
}


@pytest.mark.parametrize("role", ["admin", "owner", "ADMIN", "superadmin"])
@pytest.mark.parametrize("path", ABOUT_OTHERS)
def test_an_admin_of_another_organisation_is_a_stranger(scene: Scene, path: str, role: str) -> None:
    token = scene.token("boss", org_id="org_evil", org_role=role)
    boss = Person("boss", token)
    scene.call(boss, "users/mutations:upsertUser", workosUserId="boss", email="boss@example.org")
    answer = scene.tries(boss, path, userId=scene.guest.user, **ABOUT_OTHERS[path])
    assert failed(answer), answer
    assert SECRET.encode() not in answer.body


def failed(answer: Answer) -> bool:
    """Return whether a call was refused."""
    return answer.status != 200 or answer.json["status"] == "error"
