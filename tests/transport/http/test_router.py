"""Every request gets a well-formed response: routes, methods, CORS headers, and errors as `{code, message}`."""

import asyncio
import json
import re
from typing import Any
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.runtime.outcome import Outcome
from connvo.telemetry.metrics import Metrics
from connvo.transport.http.request import PATH_CHARACTERS, collapse, path_of
from connvo.transport.http.router import Router
from tests.transport.conftest import Desk

from .test_function_calls import assert_refused

JSON = {"Content-Type": "application/json"}
ORIGIN = "http://app.example"
ROUTES = {
    "/": "GET",
    "/docs": "GET",
    "/openapi.json": "GET",
    "/api/health": "GET",
    "/health": "GET",
    "/livez": "GET",
    "/readyz": "GET",
    "/metrics": "GET",
    "/version": "GET",
    "/.well-known/jwks.json": "GET",
    "/api/run/messages/list": "POST",
    "/api/query": "POST",
    "/api/mutation": "POST",
    "/api/action": "POST",
    "/api/query_ts": "POST",
    "/api/query_at_ts": "POST",
    "/api/query_batch": "POST",
}


@pytest.mark.parametrize(
    "path", ["/nothing", "/api", "/api/", "/api/run", "/api/query/", "/api/function", "/docs/x", "/a%0A"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_a_route_that_is_not_there_is_404(desk: Desk, path: str, method: str) -> None:
    assert_refused(desk.http.request(method, path), 404, "NotFound")


@pytest.mark.parametrize(("path", "method"), ROUTES.items())
def test_a_wrong_method_is_405_and_says_which_are_right(desk: Desk, path: str, method: str) -> None:
    for wrong in {"GET", "POST", "PUT", "PATCH", "DELETE"} - {method}:
        if (path, wrong) == ("/api/query", "GET"):
            continue
        reply = desk.http.request(wrong, path)
        assert_refused(reply, 405, "MethodNotAllowed")
        assert method in reply.headers["allow"]


@pytest.mark.parametrize("path", [*ROUTES, "/nothing"])
def test_every_route_answers_a_preflight(desk: Desk, path: str) -> None:
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,convex-client",
    }
    reply = desk.http.options(path, headers=asked)
    assert reply.status_code == 204
    assert reply.content == b""
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in reply.headers
    assert reply.headers["access-control-allow-headers"] == "authorization,content-type,convex-client"
    assert reply.headers["access-control-max-age"] == "86400"
    for method in ("GET", "POST", "OPTIONS", "PATCH", "DELETE", "PUT"):
        assert method in reply.headers["access-control-allow-methods"]


def test_cors_headers_stand_on_every_reply(desk: Desk) -> None:
    def broken(call: dict[str, Any]) -> Outcome:
        raise RuntimeError("secret detail")

    small = Desk(max_body_bytes=1024)
    good = desk.http.post("/api/run/messages/list", json={"args": {}}, headers={"Origin": ORIGIN})
    desk.runner.answer = broken
    replies = {
        200: good,
        400: desk.http.post("/api/query", content=b"{", headers={"Origin": ORIGIN}),
        401: desk.http.post("/api/query", headers={"Origin": ORIGIN, "Authorization": "Bearer x"}),
        404: desk.http.get("/nothing", headers={"Origin": ORIGIN}),
        405: desk.http.get("/api/mutation", headers={"Origin": ORIGIN}),
        413: small.http.post("/api/query", content=b"x" * 2000, headers={"Origin": ORIGIN}),
        500: desk.http.post("/api/run/messages/list", json={"args": {}}, headers={"Origin": ORIGIN}),
    }
    for status, reply in replies.items():
        assert reply.status_code == status
        assert reply.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in reply.headers
        assert "retry-after" in reply.headers["access-control-expose-headers"]
        assert reply.headers["content-type"] == "application/json"


def test_without_an_origin_anybody_may_read(desk: Desk) -> None:
    reply = desk.http.get("/livez")
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in reply.headers


def test_a_fault_of_the_server_tells_its_request_id_and_nothing_else(desk: Desk) -> None:
    def broken(call: dict[str, Any]) -> Outcome:
        raise RuntimeError("secret detail")

    desk.runner.answer = broken
    reply = desk.http.post("/api/run/messages/list", json={"args": {}})
    assert_refused(reply, 500, "InternalServerError")
    assert "secret" not in reply.text
    assert f"[Request ID: {reply.headers['convex-request-id']}]" in reply.json()["message"]


def test_a_result_that_cannot_cross_is_a_fault_of_the_server(desk: Desk) -> None:
    desk.runner.answer = lambda call: Outcome(value={"a": object()})
    assert_refused(desk.http.post("/api/run/messages/list", json={"args": {}}), 500, "InternalServerError")


def test_every_reply_has_a_request_id_the_clients_own_if_it_is_one(desk: Desk) -> None:
    made = desk.http.get("/nothing").headers["convex-request-id"]
    assert re.fullmatch("[0-9a-f]{16}", made)
    given = desk.http.post("/api/run/messages/list", json={"args": {}}, headers={"convex-request-id": "my-own_id"})
    assert given.headers["convex-request-id"] == "my-own_id"
    assert desk.last["request_id"] == "my-own_id"
    for strange in ("short", "x" * 65, "with space", 'quote"'):
        reply = desk.http.get("/livez", headers={"convex-request-id": strange})
        assert re.fullmatch("[0-9a-f]{16}", reply.headers["convex-request-id"])


def test_a_double_slash_is_one_where_clients_put_two(desk: Desk) -> None:
    assert desk.http.get("http://testserver//api/health").status_code == 200
    assert desk.http.get("http://testserver///api/health").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "//metrics",
        "///readyz",
        "/%2Fmetrics",
        "//livez",
        "/%6detrics",
        "/%6Detrics",
        "/met%72ics",
        "/metrics%2F",
        "/metric%73?x=1",
        "/%2e/metrics",
        "/api/%68ealth",
        "/api/%72un/messages/list",
    ],
)
def test_no_other_spelling_gets_past_a_proxy_that_keeps_a_path_to_itself(desk: Desk, path: str) -> None:
    assert desk.http.get(f"http://testserver{path}").status_code == 404


def test_an_encoded_spelling_is_counted_as_an_unknown_route(desk: Desk) -> None:
    desk.http.get("/%6civez")
    text = desk.http.get("/metrics").text
    assert 'connvo_http_replies_total{method="GET",route="other",status="404"} 1.0' in text
    assert "livez" not in text


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=20))
def test_a_path_is_the_one_that_was_sent_whether_or_not_the_server_hands_it_on(text: str) -> None:
    path = f"/{text}"
    sent = quote(path, safe=PATH_CHARACTERS)
    with_raw = path_of({"path": path, "raw_path": sent.encode() + b"?x=%6d"})
    assert with_raw == path_of({"path": path})
    assert unquote(with_raw) == collapse(path)


def test_head_is_get_without_the_body(desk: Desk) -> None:
    reply = desk.http.head("/api/health")
    assert (reply.status_code, reply.content) == (200, b"")
    assert int(reply.headers["content-length"]) > 0


def test_an_unknown_method_is_counted_as_other(desk: Desk) -> None:
    assert_refused(desk.http.request("BREW", "/livez"), 405, "MethodNotAllowed")
    assert 'method="other",route="/livez",status="405"' in desk.http.get("/metrics").text


def test_a_socket_is_handed_on(desk: Desk) -> None:
    from starlette.websockets import WebSocketDisconnect

    with pytest.raises(WebSocketDisconnect), desk.http.websocket_connect("/api/sync"):
        pass


@pytest.mark.parametrize("path", ["/api/sync", "/api/s%79nc", "/%61pi/1.2.3/sync"])
def test_a_socket_is_handed_on_under_the_path_that_was_sent(path: str) -> None:
    seen = []

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["path"])

    scope = {"type": "websocket", "path": unquote(path), "raw_path": path.encode(), "headers": []}
    asyncio.run(Router({}, {}, Metrics("1"), serve)(scope, nothing, nothing))
    assert seen == [path]


async def nothing(*message: Any) -> Any:
    raise AssertionError("the socket is another's")


@pytest.mark.parametrize("size", [1024, 1025, 100_000])
def test_the_body_limit_is_exact(size: int) -> None:
    desk = Desk(max_body_bytes=1024)
    body = json.dumps({"args": {"a": ""}})
    body = body.replace('""', '"' + "x" * (size - len(body)) + '"')
    reply = desk.http.post("/api/run/messages/list", content=body, headers=JSON)
    if size <= 1024:
        assert reply.json()["status"] == "success"
    else:
        assert_refused(reply, 413, "BodyTooLarge")
        assert desk.runner.calls == []
