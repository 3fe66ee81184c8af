"""Whatever is sent to an operation, the server keeps to its own document: no fault of its own, no stray answer.

Half of the calls fit the document and half do not. Ids and session ids are often those of a meeting made for the
test, so that calls come further than the check of their arguments. The calls are the same in every run.
"""

import json
from functools import cache
from typing import Any
from urllib.request import urlopen

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import connvo.functions
from connvo.runtime.openapi.document import run_path
from connvo.runtime.registry import RegisteredFunction, Registry
from tests.support.dose import dose
from tests.support.live import LiveServer

CALLS_PER_MODE = dose(8, 40)
CALLS_OF_AN_ALIAS = 2
SHORT = 8
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
ENTRIES = [entry for entry in Registry(connvo.functions).functions() if not entry.internal]
BUDGET = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class Scene:
    """A caller in an active meeting with another person, and the ids of all that."""

    def __init__(self, live: LiveServer, name: str) -> None:
        self.token = live.token(name)
        other = live.token(f"{name}-guest")
        caller_id, guest_id = (
            live.call(token, "users/mutations:upsertUser", workosUserId=subject, email=f"{subject}@example.org")
            for token, subject in ((self.token, name), (other, f"{name}-guest"))
        )
        meeting = live.call(self.token, "meetings/lifecycle:createMeeting", title="A meeting")["meetingId"]
        guest = {"meetingId": meeting, "userId": guest_id, "role": "participant"}
        live.call(self.token, "meetings/lifecycle:addParticipant", **guest)
        live.call(self.token, "meetings/lifecycle:startMeeting", meetingId=meeting)
        sessions = []
        for token, session in ((self.token, f"{name}-session"), (other, f"{name}-guest-session")):
            live.call(token, "meetings/lifecycle:joinMeeting", meetingId=meeting)
            live.call(token, "meetings/webrtc/signaling:createWebRTCSession", meetingId=meeting, sessionId=session)
            sessions.append(session)
        self.known = {"users": [caller_id, guest_id], "meetings": [meeting]}
        self.sessions = sessions

    def offer(self, schema: Any, name: str = "") -> Any:
        """Return a schema of arguments in which ids are what exists, or some short text."""
        if isinstance(schema, list):
            return [self.offer(member) for member in schema]
        if not isinstance(schema, dict):
            return schema
        proposed = self.sessions if name == "sessionId" else self.known.get(schema.get("x-idTable", ""))
        if proposed is not None:
            return {"anyOf": [{"enum": proposed}, {"type": "string", "maxLength": SHORT}]}
        return {
            key: {n: self.offer(s, n) for n, s in value.items()} if key == "properties" else self.offer(value)
            for key, value in schema.items()
        }


@cache
def document_of(url: str) -> dict[str, Any]:
    """Return the document that a server shows."""
    with urlopen(f"{url}/openapi.json") as response:
        document: dict[str, Any] = json.load(response)
    return document


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.path)
def test_an_operation_keeps_to_the_document_with_any_input(live: LiveServer, entry: RegisteredFunction) -> None:
    path = entry.path
    budget = settings(BUDGET, max_examples=CALLS_PER_MODE if entry.alias_of is None else CALLS_OF_AN_ALIAS)
    scene = Scene(live, path.replace("/", "-").replace(":", "-"))
    document = document_of(live.url)
    operation = dict(document["paths"][run_path(path)]["post"])
    operation["requestBody"] = scene.offer(operation["requestBody"])
    schema = schemathesis.openapi.from_dict({**document, "paths": {run_path(path): {"post": operation}}})

    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {scene.token}"
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @budget
            @given(case=schema[run_path(path)]["POST"].as_strategy(generation_mode=mode))
            def check(case: schemathesis.Case[Any]) -> None:
                case.call_and_validate(base_url=live.url, session=session, checks=CHECKS)

            check()
