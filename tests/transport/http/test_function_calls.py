"""The endpoints pass calls to the functions, answer with their outcomes, and say what is wrong with a request."""

import asyncio
import json
import math
from typing import Any

import httpx2
import pytest

from connvo.kernel.errors import Forbidden, Internal, NotFound, request_error
from connvo.kernel.values import Int64, encode_timestamp
from connvo.runtime.outcome import Outcome
from connvo.transport.http import function_calls
from connvo.transport.http.envelope import decode_call
from tests.transport.conftest import LATEST, Desk

JSON = {"Content-Type": "application/json"}
DOORS = [
    ("/api/query", "query", "messages:list"),
    ("/api/mutation", "mutation", "messages:send"),
    ("/api/action", "action", "messages:announce"),
]
NESTED = '{"args":{"a":' + "[" * 64 + "]" * 64 + "}}"


def test_large_bodies_are_decoded_in_turn_with_other_tasks_in_between(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    large, turns = json.dumps({"path": "messages:send", "args": {"a": "x" * 40_000}}).encode(), []

    def decode(body: bytes, *rest: Any) -> Any:
        turns.append("body")
        return decode_call(body, *rest)

    monkeypatch.setattr(function_calls, "decode_call", decode)

    async def count_turns() -> None:
        while turns.count("body") < 3:
            await asyncio.sleep(0)
            turns.append("loop")

    async def flood() -> None:
        app = desk.http.app
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://testserver") as client:
            ticking = asyncio.create_task(count_turns())
            replies = await asyncio.gather(
                *(client.post("/api/mutation", content=large, headers=JSON) for _ in range(3))
            )
            await ticking
        assert [reply.status_code for reply in replies] == [200] * 3

    asyncio.run(flood())
    first, second, third = (place for place, turn in enumerate(turns) if turn == "body")
    assert second - first > 1
    assert third - second > 1


def post(desk: Desk, path: str, body: Any, headers: dict[str, str] | None = None) -> Any:
    content = body if isinstance(body, bytes | str) else json.dumps(body)
    return desk.http.post(path, content=content, headers={**JSON, **(headers or {})})


@pytest.mark.parametrize(("door", "kind", "path"), DOORS)
@pytest.mark.parametrize("args", [{"a": 1}, [{"a": 1}]])
def test_each_endpoint_calls_functions_of_its_kind(desk: Desk, door: str, kind: str, path: str, args: Any) -> None:
    reply = post(desk, door, {"path": path, "args": args})
    assert (reply.status_code, reply.json()) == (200, {"status": "success", "value": {"a": 1}})
    assert desk.last["kind"] == kind
    assert desk.last["identity"] is None
    assert desk.last["size"] == len(json.dumps(args))


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("/api/run/messages/list", "messages:list"),
        ("/api/run/deep/er/module/fn", "deep/er/module:fn"),
        ("/api/run/unknown/thing", "unknown:thing"),
        ("/api/run/messages.js/list", "messages:list"),
        ("/api/run/mess%61ges/l%69st", "messages:list"),
        ("//api/run/messages/list", "messages:list"),
        ("///api/run/mess%61ges/list", "messages:list"),
    ],
)
def test_run_takes_the_function_from_the_address_and_any_kind(desk: Desk, address: str, path: str) -> None:
    assert post(desk, f"http://testserver{address}", {"args": {}}).json()["status"] == "success"
    assert (desk.last["path"], desk.last["kind"]) == (path, None)


@pytest.mark.parametrize("path", ["messages", "messages:default", "messages.js:default", "messages.js"])
def test_every_spelling_of_a_path_is_one_function(desk: Desk, path: str) -> None:
    post(desk, "/api/query", {"path": path, "args": {}})
    assert desk.last["path"] == "messages:default"


@pytest.mark.parametrize("path", ["", "a b:c", "/a:b", "a:", "a:1", "a:b-c", "a//b:c", "é:f", "a:" + "x" * 65, "a:___"])
def test_a_path_that_cannot_be_is_refused(desk: Desk, path: str) -> None:
    assert_refused(post(desk, "/api/query", {"path": path, "args": {}}), 400, "BadConvexFunctionIdentifier")


@pytest.mark.parametrize("address", ["/api/run/only", "/api/run/"])
def test_run_needs_a_module_and_a_function(desk: Desk, address: str) -> None:
    assert_refused(post(desk, address, {"args": {}}), 400, "MissingIdentifier")


@pytest.mark.parametrize("address", ["/api/run/a%2Fb/c", "/api/run//c", "/api/run/a/", "/api/run/a/%00"])
def test_an_address_that_names_no_function_is_refused(desk: Desk, address: str) -> None:
    assert_refused(post(desk, address, {"args": {}}), 400, "BadConvexFunctionIdentifier")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{nope",
        b"[]",
        b"null",
        b"{}",
        b'{"args": NaN}',
        b'{"args": {"a": Infinity}}',
        b'{"args": {"a": -Infinity}}',
        b'{"args": {"a": 1e999}}',
        b'{"args": {"a": "\\ud800"}}',
        b'{"args": {"a": "\\udc00x"}}',
        b'{"args": {"\\ud800": 1}}',
        b'{"args": {"a": "\xff"}}',
        b"\xef\xbb\xbf{}",
        b'{"args": {}} {}',
        b'{"args": {"a": "\x00"}}',
        b'{"args": 5}',
        b'{"args": null}',
        b'{"args": []}',
        b'{"args": [1]}',
        b'{"args": [{}, {}]}',
        b'{"args": {"$integer": "AAAAAAAAAAA="}}',
        b'{"args": {"$x": 1}}',
        b'{"args": {"a": {"$float": "AAAAAAAA8D8="}}}',
        NESTED.encode(),
        b'{"args":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
        b'{"args": {"a": ' + b"9" * 400 + b"}}",
    ],
)
def test_a_body_that_is_no_call_is_refused(desk: Desk, body: bytes) -> None:
    assert_refused(post(desk, "/api/run/messages/list", body), 400, "BadJsonBody")
    if body.startswith(b'{"args"'):
        named = body.replace(b"{", b'{"path": "messages:list", ', 1)
        assert_refused(post(desk, "/api/query", named), 400, "BadJsonBody")
    assert desk.runner.calls == []


def test_a_call_without_a_path_is_refused(desk: Desk) -> None:
    bodies: list[dict[str, Any]] = [{"args": {}}, {"path": None, "args": {}}, {"path": 5, "args": {}}]
    for body in bodies:
        assert_refused(post(desk, "/api/query", body), 400, "BadJsonBody")


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonx"])
def test_only_json_is_taken(desk: Desk, content_type: str) -> None:
    reply = desk.http.post("/api/run/messages/list", content=b'{"args": {}}', headers={"Content-Type": content_type})
    assert_refused(reply, 400, "BadJsonBody")


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON", "application/x+json"])
def test_json_may_be_declared_in_several_ways(desk: Desk, content_type: str) -> None:
    reply = desk.http.post("/api/run/messages/list", content=b'{"args": {}}', headers={"Content-Type": content_type})
    assert reply.json()["status"] == "success"


def test_nesting_up_to_the_limit_is_taken(desk: Desk) -> None:
    body = '{"args":{"a":' + "[" * 63 + "]" * 63 + "}}"
    assert post(desk, "/api/run/messages/list", body).json()["status"] == "success"


def test_unknown_members_of_a_body_are_ignored(desk: Desk) -> None:
    body: dict[str, Any] = {
        "path": "messages:list",
        "args": {},
        "format": None,
        "ts": 5,
        "componentPath": None,
        "more": [1],
    }
    assert post(desk, "/api/query", body).json()["status"] == "success"


def test_there_are_no_components(desk: Desk) -> None:
    body = {"path": "messages:list", "args": {}, "componentPath": "other"}
    assert_refused(post(desk, "/api/query", body), 400, "BadConvexFunctionIdentifier")


TYPED = {"i": Int64(-7), "b": b"\x00\xff\x10", "f": -0.0, "n": math.inf}
EXACT = {
    "i": {"$integer": "+f////////8="},
    "b": {"$bytes": "AP8Q"},
    "f": {"$float": "AAAAAAAAAIA="},
    "n": {"$float": "AAAAAAAA8H8="},
}
READABLE = {"i": "-7", "b": "AP8Q", "f": -0.0, "n": "Infinity"}


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"format": "convex_encoded_json"}, EXACT),
        ({"format": "convex_json"}, EXACT),
        ({"format": "json"}, READABLE),
        ({"format": "convex_clean_json"}, READABLE),
        ({"format": None}, READABLE),
        ({}, READABLE),
    ],
)
def test_the_format_is_that_of_the_answer_alone(desk: Desk, form: dict[str, str], expected: Any) -> None:
    reply = post(desk, "/api/query", {"path": "messages:list", "args": EXACT, **form})
    assert desk.last["args"] == TYPED
    assert reply.json()["value"] == expected
    assert post(desk, "/api/run/messages/list", {"args": EXACT, **form}).json()["value"] == expected


@pytest.mark.parametrize("form", ["xml", "", 5, ["json"], {}])
def test_an_unknown_format_is_refused(desk: Desk, form: Any) -> None:
    assert_refused(post(desk, "/api/query", {"path": "m:f", "args": {}, "format": form}), 400, "BadFormat")
    assert_refused(post(desk, "/api/run/m/f", {"args": {}, "format": form}), 400, "BadFormat")


def test_a_function_that_refuses_is_answered_with_200_and_its_data(desk: Desk) -> None:
    desk.runner.answer = lambda call: Outcome(error=Forbidden("Not yours", meetingId="m1"))
    for door, body in (("/api/run/messages/send", {}), ("/api/mutation", {"path": "messages:send"})):
        reply = post(desk, door, {**body, "args": {}})
        assert reply.status_code == 200
        data = {"code": "FORBIDDEN", "message": "Not yours", "statusCode": 403, "metadata": {"meetingId": "m1"}}
        assert reply.json() == {"status": "error", "errorMessage": "Not yours", "errorData": data}


def test_log_lines_are_sent_when_there_are_any(desk: Desk) -> None:
    desk.runner.answer = lambda call: Outcome(value=None, log_lines=["[LOG] 'x'"])
    assert post(desk, "/api/run/messages/list", {"args": {}}).json() == {
        "status": "success",
        "value": None,
        "logLines": ["[LOG] 'x'"],
    }


def test_arguments_beyond_their_limit_are_an_error_of_the_call(desk: Desk) -> None:
    reply = post(desk, "/api/run/messages/list", {"args": {"a": "x" * 3000}})
    assert reply.status_code == 200
    assert reply.json()["errorData"]["code"] == "LIMIT_EXCEEDED"
    assert "too large (actual: 3009 bytes, limit: 2048 bytes)" in reply.json()["errorMessage"]
    assert desk.runner.calls == []


def test_a_token_reaches_the_function_as_claims(desk: Desk) -> None:
    token = desk.token("alice", email="alice@example.org", org_id="o1", org_role="admin")
    post(desk, "/api/run/messages/list", {"args": {}}, {"Authorization": f"Bearer {token}"})
    identity = desk.last["identity"]
    assert (identity.subject, identity.email) == ("alice", "alice@example.org")
    assert (identity.org_id, identity.org_role) == ("o1", "admin")


CALLS = [
    ("POST", "/api/run/messages/list", {"args": {}}),
    ("POST", "/api/query", {"path": "messages:list", "args": {}}),
    ("POST", "/api/mutation", {"path": "messages:list", "args": {}}),
    ("POST", "/api/action", {"path": "messages:list", "args": {}}),
    ("POST", "/api/query_at_ts", {"path": "messages:list", "args": {}, "ts": "AAAAAAAAAAA="}),
    ("POST", "/api/query_ts", {}),
    ("POST", "/api/query_batch", {"queries": []}),
    ("GET", "/api/query?path=messages:list&args={}", None),
]


@pytest.mark.parametrize(("method", "door", "body"), CALLS)
@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        ("Bearer garbage", 401, "InvalidAuthHeader"),
        ("Bearer", 401, "InvalidAuthHeader"),
        ("Convex key", 403, "BadDeployKey"),
        ("Basic eA==", 400, "InvalidAdminKey"),
        ("x", 400, "InvalidAdminKey"),
    ],
)
def test_no_endpoint_accepts_a_wrong_credential(
    desk: Desk, method: str, door: str, body: Any, header: str, status: int, code: str
) -> None:
    reply = desk.http.request(method, door, json=body, headers={"Authorization": header})
    assert_refused(reply, status, code)
    assert desk.runner.calls == []


def test_query_ts_takes_an_empty_body_and_gives_the_newest_timestamp(desk: Desk) -> None:
    for content in (b"", b"{}"):
        reply = desk.http.post("/api/query_ts", content=content, headers=JSON)
        assert (reply.status_code, reply.json()) == (200, {"ts": encode_timestamp(LATEST)})


def test_query_at_ts_runs_at_that_snapshot(desk: Desk) -> None:
    body = {"path": "messages:list", "args": {}, "ts": encode_timestamp(LATEST)}
    assert post(desk, "/api/query_at_ts", body).json()["status"] == "success"
    assert (desk.last["at"], desk.last["kind"]) == (LATEST, "query")


@pytest.mark.parametrize("ts", [None, 5, "", "AAAA", "//////////8=", "not base64", "é"])
def test_query_at_ts_needs_a_timestamp(desk: Desk, ts: Any) -> None:
    assert_refused(post(desk, "/api/query_at_ts", {"path": "m:f", "args": {}, "ts": ts}), 400, "BadTimestamp")


def test_a_snapshot_that_is_gone_is_said_to_be(desk: Desk) -> None:
    def gone(call: dict[str, Any]) -> Outcome:
        raise request_error("SnapshotGone")

    desk.runner.answer = gone
    body = {"path": "m:f", "args": {}, "ts": encode_timestamp(1)}
    assert_refused(post(desk, "/api/query_at_ts", body), 400, "SnapshotGone")


def test_overload_asks_to_come_back(desk: Desk) -> None:
    def overloaded(call: dict[str, Any]) -> Outcome:
        raise request_error("TooManyConcurrentRequests")

    desk.runner.answer = overloaded
    reply = post(desk, "/api/run/m/f", {"args": {}})
    assert_refused(reply, 503, "TooManyConcurrentRequests")
    assert reply.headers["retry-after"] == "1"


@pytest.mark.parametrize("args", ['{"a": 1}', '[{"a": 1}]'])
def test_a_query_can_be_asked_by_get(desk: Desk, args: str) -> None:
    reply = desk.http.get("/api/query", params={"path": "messages:list", "args": args, "format": "json"})
    assert reply.json() == {"status": "success", "value": {"a": 1}}
    assert desk.last["kind"] == "query"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "BadJsonBody"),
        ({"path": "a b", "args": "{}"}, "BadConvexFunctionIdentifier"),
        ({"path": "messages:list", "args": "{"}, "BadJsonBody"),
        ({"path": "messages:list", "args": "5"}, "BadJsonBody"),
        ({"path": "messages:list", "args": "{}", "format": "xml"}, "BadFormat"),
    ],
)
def test_a_wrong_get_is_refused(desk: Desk, query: dict[str, str], code: str) -> None:
    assert_refused(desk.http.get("/api/query", params=query), 400, code)


def test_get_needs_no_arguments(desk: Desk) -> None:
    assert desk.http.get("/api/query", params={"path": "messages:list"}).json() == {"status": "success", "value": {}}


def test_a_batch_is_answered_at_one_timestamp(desk: Desk) -> None:
    desk.runner.answer = lambda call: (
        Outcome(value=call["args"]) if call["path"] == "messages:list" else Outcome(error=NotFound("Thing"))
    )
    queries = [
        {"path": "messages:list", "args": {"b": {"$bytes": ""}}, "format": "convex_encoded_json"},
        {"path": "no:such", "args": [{}]},
    ]
    results = post(desk, "/api/query_batch", {"queries": queries}).json()["results"]
    assert results[0] == {"status": "success", "value": {"b": {"$bytes": ""}}}
    assert results[1]["errorData"]["code"] == "NOT_FOUND"
    assert {(call["at"], call["kind"]) for call in desk.runner.calls} == {(LATEST, "query")}


@pytest.mark.parametrize(
    "body",
    [{}, {"queries": {}}, {"queries": [{"args": {}}]}, {"queries": [{"path": "messages:list", "args": {}}] * 101}],
)
def test_a_wrong_batch_is_refused(desk: Desk, body: Any) -> None:
    assert_refused(post(desk, "/api/query_batch", body), 400, "BadJsonBody")
    assert desk.runner.calls == []


def test_arguments_beyond_their_limit_fail_one_query_of_a_batch_alone(desk: Desk) -> None:
    queries = [{"path": "messages:list", "args": {"a": "x" * 3000}}, {"path": "messages:list", "args": {}}]
    results = post(desk, "/api/query_batch", {"queries": queries}).json()["results"]
    assert [result["status"] for result in results] == ["error", "success"]


def test_figures_name_known_functions_only(desk: Desk) -> None:
    post(desk, "/api/run/messages/list", {"args": {}})
    post(desk, "/api/run/made/up", {"args": {}})
    desk.runner.answer = lambda call: Outcome(error=Internal("[Request ID: x] Server Error"))
    post(desk, "/api/run/messages/send", {"args": {}})
    text = desk.http.get("/metrics").text
    assert 'connvo_calls_total{function="messages:list",outcome="success"} 1.0' in text
    assert 'connvo_calls_total{function="unknown",outcome="success"} 1.0' in text
    assert 'connvo_calls_total{function="messages:send",outcome="INTERNAL_ERROR"} 1.0' in text
    assert 'connvo_call_seconds_count{function="messages:list"} 1.0' in text
    assert 'connvo_http_replies_total{method="POST",route="/api/run/",status="200"} 3.0' in text
    assert "made/up" not in text and "made:up" not in text


def assert_refused(reply: Any, status: int, code: str) -> None:
    """Hold a reply against the shape of every fault of a request."""
    assert (reply.status_code, reply.json()["code"]) == (status, code), reply.text
    assert set(reply.json()) == {"code", "message"}
    assert reply.json()["message"]
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["access-control-allow-origin"]
