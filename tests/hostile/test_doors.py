"""Requests that no client sends: heads, addresses, bodies and lengths of every wrong kind."""

import gzip
import json
from typing import Any

import pytest

from .scene import MARK, SECRET, Scene
from .wire import END, NOT_SPOKEN, Answer, request

MEBIBYTE = 2**20
REFUSED = {400, 404, 405, 408, 411, 413, 414, 415, 417, 426, 429, 431, 501, 505}
BAD_GATEWAY = 502
HIDDEN = b"GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /api/query HTTP/1.1\r\nHost: localhost\r\n"

HEADS: dict[str, bytes] = {
    "version 3": b"GET /livez HTTP/3.0\r\nHost: localhost\r\n\r\n",
    "version in letters": b"GET /livez HTTP/one\r\nHost: localhost\r\n\r\n",
    "preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": bytes.fromhex("16030100a5010000a10303") + bytes(200),
    "zeros": bytes(2048),
    "a method of 10,000 letters": b"A" * 10_000 + b" / HTTP/1.1\r\n\r\n",
    "a method of no letters": b" /livez HTTP/1.1\r\n\r\n",
    "a NUL in the address": b"GET /live\x00z HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a NUL in a field": b"GET /livez HTTP/1.1\r\nHost: localhost\r\nA: b\x00c\r\n\r\n",
    "a space before the colon": b"GET /livez HTTP/1.1\r\nHost : x\r\n\r\n",
    "a field without a name": b"GET /livez HTTP/1.1\r\n: x\r\n\r\n",
    "a field without a colon": b"GET /livez HTTP/1.1\r\nHost\r\n\r\n",
    "a folded field": b"GET /livez HTTP/1.1\r\nHost: localhost\r\nA: b\r\n c\r\n\r\n",
    "a bare carriage return": b"GET /livez HTTP/1.1\r\nHost: localhost\rA: b\r\n\r\n",
    "two lengths": POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "a negative length": POST + b"Content-Length: -1\r\n\r\n",
    "a length with a sign": POST + b"Content-Length: +2\r\n\r\n{}",
    "a length in hexadecimal": POST + b"Content-Length: 0x2\r\n\r\n{}",
    "a length beyond 64 bits": POST + b"Content-Length: 99999999999999999999\r\n\r\n{}",
    "a list of lengths": POST + b"Content-Length: 2, 2\r\n\r\n{}",
    "an unknown coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "a chunk beyond 64 bits": POST + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n",
    "a negative chunk": POST + b"Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_a_broken_head_is_refused(scene: Scene, head: bytes) -> None:
    # A proxy passes on what it could repair, and takes invalid chunks for a fault between it and the server.
    proxys = {200, BAD_GATEWAY} if scene.proxied else set()
    answers = scene.wire.raw(head, faults={*NOT_SPOKEN, *proxys})
    assert len(answers) <= 1
    assert all(answer.status in REFUSED | proxys for answer in answers), answers


LONG_ADDRESSES: dict[str, tuple[bytes, ...]] = {
    "a path of 1 MiB": (b"GET /", b"x" * MEBIBYTE, b" HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    "a query of 1 MiB": (b"GET /api/auth?", b"x" * MEBIBYTE, b" HTTP/1.1\r\nHost: localhost\r\n\r\n"),
}
LARGE_HEADS: dict[str, tuple[bytes, ...]] = {
    "a field of 4 MiB": (b"GET /livez HTTP/1.1\r\nHost: localhost\r\nA: ", b"x" * 4 * MEBIBYTE, END),
    "a hundred thousand fields": (b"GET /livez HTTP/1.1\r\nHost: localhost\r\n", b"a: b\r\n" * 100_000, b"\r\n"),
}


@pytest.mark.parametrize("pieces", LONG_ADDRESSES.values(), ids=LONG_ADDRESSES)
def test_a_long_address_is_refused(scene: Scene, pieces: tuple[bytes, ...]) -> None:
    assert all(answer.status in {400, 414, 431} for answer in scene.wire.raw(pieces))


@pytest.mark.parametrize("pieces", LARGE_HEADS.values(), ids=LARGE_HEADS)
def test_a_large_head_is_refused(scene: Scene, pieces: tuple[bytes, ...]) -> None:
    assert all(answer.status in {400, 413, 414, 431} for answer in scene.wire.raw(pieces))


SMUGGLED: dict[str, bytes] = {
    "length and chunks": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "chunks and a length of nothing": POST + b"Transfer-Encoding: chunked\r\n"
    b"Content-Length: 0\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN),
    "chunked, in a spelling of its own": POST + b"Content-Length: %d\r\n"
    b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n%s" % (len(HIDDEN) + 5, HIDDEN),
    "a body of GET": b"GET /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s" % (len(HIDDEN), HIDDEN),
    "a body of OPTIONS": b"OPTIONS /api/query HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
    % (len(HIDDEN), HIDDEN),
    "a body where there is no route": b"POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
    % (len(HIDDEN), HIDDEN),
}


@pytest.mark.parametrize("data", SMUGGLED.values(), ids=SMUGGLED)
def test_a_body_is_never_taken_for_a_request(scene: Scene, data: bytes) -> None:
    if scene.proxied and b"chunked" in data:
        pytest.skip("the proxy goes by the chunks, and asks the server with a length of its own")
    answers = scene.wire.raw(data)
    shown = [answer for answer in answers if answer.status == 200 and b"version" in answer.body]
    assert shown == []


ADDRESSES = (
    "/api/run/",
    "/api/run/x",
    "/api/run/%2e%2e/users/mutations/upsertUser",
    "/api/run/users%2Fmutations/upsertUser",
    "/api/run/users/_erasure/purge",
    "/api/run/users/mutations/__class__",
    "/api/run/_maintenance/trim",
    "/api/run/a\\b\\c",
    "/api/run/" + "a/" * 400 + "b",
    "/api/run/%00/%00",
    "/api/run/%ff/%fe",
    "/api//query",
    "/api/query/",
    "/API/QUERY",
    "/api/query;x=1",
    "/api/shutdown",
    "/api/export",
    "/metrics/../api/query",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_odd_address_leads_nowhere(scene: Scene, address: str) -> None:
    answer = scene.post(address, {"args": {}}, scene.outsider)
    refused = answer.status in REFUSED or answer.json["status"] == "error"
    assert refused, answer


METHODS = ("GET", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "post", "X" * 30)


@pytest.mark.parametrize("method", METHODS)
def test_another_method_calls_nothing(scene: Scene, method: str) -> None:
    body = b'{"path":"meetings/lifecycle:createMeeting","args":{"title":"x"}}'
    answers = scene.wire.raw(request(method, "/api/mutation", body, {"Connection": "close"}))
    assert all(answer.status in REFUSED for answer in answers), answers


BODIES: dict[str, bytes] = {
    "nothing": b"",
    "null": b"null",
    "a number": b"5",
    "a list": b"[]",
    "an empty object": b"{}",
    "text": b'"x"',
    "half": b'{"path":"a:b","args":{',
    "two values": b'{"path":"a:b","args":{}}{}',
    "a byte order mark": b'\xef\xbb\xbf{"path":"a:b","args":{}}',
    "UTF-16": '{"path":"a:b","args":{}}'.encode("utf-16"),
    "no UTF-8": b'{"path":"\xff\xfe","args":{}}',
    "half a surrogate pair": b'{"path":"a:b","args":{"x":"\\ud800"}}',
    "a control character": b'{"path":"a\x01:b","args":{}}',
    "NaN": b'{"path":"a:b","args":{"x":NaN}}',
    "beyond a float": b'{"path":"a:b","args":{"x":' + b"9" * 400 + b"}}",
    "an exponent": b'{"path":"a:b","args":{"x":1e999999}}',
    "a number of 100,000 digits": b'{"path":"a:b","args":{"x":' + b"9" * 100_000 + b"}}",
    "nested 100,000 deep": b'{"path":"a:b","args":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "objects nested 65 deep": b'{"path":"a:b","args":' + b'{"a":' * 65 + b"1" + b"}" * 66,
    "arguments that are null": b'{"path":"users/queries:getCurrentUser","args":null}',
    "arguments that are text": b'{"path":"users/queries:getCurrentUser","args":"{}"}',
    "two arguments": b'{"path":"users/queries:getCurrentUser","args":[{},{}]}',
    "no arguments": b'{"path":"users/queries:getCurrentUser","args":[]}',
    "a list in a list": b'{"path":"users/queries:getCurrentUser","args":[[{}]]}',
    "an integer of wrong size": b'{"path":"a:b","args":{"$integer":"AA=="}}',
    "an integer of a number": b'{"path":"a:b","args":{"x":{"$integer":5}}}',
    "a float that is ordinary": b'{"path":"a:b","args":{"x":{"$float":"AAAAAAAA8D8="}}}',
    "a field of ours": b'{"path":"a:b","args":{"$where":"1"}}',
    "a field of 2,000 letters": b'{"path":"a:b","args":{"' + b"a" * 2000 + b'":1}}',
    "a field in Greek": '{"path":"a:b","args":{"\u03b1":1}}'.encode(),
    "a component": b'{"path":"a:b","args":{},"componentPath":"x"}',
    "a component of a list": b'{"path":"a:b","args":{},"componentPath":[1]}',
    "a path of a number": b'{"path":5,"args":{}}',
    "a path of nothing": b'{"path":"","args":{}}',
    "a path of colons": b'{"path":":::","args":{}}',
    "a path upwards": b'{"path":"../../users:x","args":{}}',
    "a path of 70,000 letters": b'{"path":"' + b"a" * 70_000 + b':b","args":{}}',
    "a path of the object itself": b'{"path":"__proto__:constructor","args":{}}',
    "an internal path": b'{"path":"erasure:erase","args":{}}',
    "a format of a number": b'{"path":"users/queries:getCurrentUser","args":{},"format":5}',
    "a format of a list": b'{"path":"users/queries:getCurrentUser","args":{},"format":[]}',
    "a format of the past": b'{"path":"users/queries:getCurrentUser","args":{},"format":"xml"}',
    "fields that are unhashable": b'{"path":"a:b","args":{},"format":{"a":1}}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_makes_no_sense_is_refused(scene: Scene, body: bytes) -> None:
    for door in ("query", "mutation", "action"):
        refused(scene.post(f"/api/{door}", body, scene.outsider))


BATCHES: dict[str, Any] = {
    "none": {},
    "null": {"queries": None},
    "a number": {"queries": 5},
    "too many": {"queries": [{"path": "a:b", "args": {}}] * 101},
    "lists": {"queries": [[]]},
    "a mutation": {"queries": [{"path": "users/mutations:updateLastSeen", "args": {}}]},
    "a batch": {"queries": [{"queries": []}]},
}


@pytest.mark.parametrize("body", BATCHES.values(), ids=BATCHES)
def test_a_batch_that_makes_no_sense_is_refused(scene: Scene, body: Any) -> None:
    answer = scene.post("/api/query_batch", body, scene.outsider)
    if answer.status == 200:
        assert all(result["status"] == "error" for result in answer.json["results"])
    else:
        refused(answer)


KINDS = ("text/plain", "text/html", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "json")


@pytest.mark.parametrize("kind", KINDS)
def test_a_form_of_another_page_calls_nothing(scene: Scene, kind: str) -> None:
    body = json.dumps({"path": "users/queries:getCurrentUser", "args": {}}).encode()
    refused(scene.post("/api/query", body, scene.outsider, **{"Content-Type": kind}))


def test_a_compressed_body_is_not_unpacked(scene: Scene) -> None:
    body = gzip.compress(b'{"path":"users/queries:getCurrentUser","args":{}}')
    refused(scene.post("/api/query", body, scene.outsider, **{"Content-Encoding": "gzip"}))


@pytest.mark.parametrize("size", [17 * MEBIBYTE, 70 * MEBIBYTE])
def test_a_body_beyond_the_limit_is_refused_before_it_is_there(scene: Scene, size: int) -> None:
    answers = scene.wire.raw(
        request("POST", "/api/query", b"", {"Content-Length": str(size), "Expect": "100-continue"})
    )
    assert [answer.status for answer in answers if answer.status != 100] == [413]


ORIGINS = ("https://evil.example", "null", "http://localhost", "https://" + "a" * 2000, "javascript:alert(1)")


@pytest.mark.parametrize("origin", ORIGINS)
def test_no_origin_may_use_credentials(scene: Scene, origin: str) -> None:
    for answer in (
        scene.wire.http("GET", "/api/auth", headers={"Origin": origin}),
        scene.wire.http("OPTIONS", "/api/query", headers={"Origin": origin}),
    ):
        assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("path", ["/api/auth/local", "/metrics"])
def test_signing_in_and_metrics_are_for_no_other_page(scene: Scene, path: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        answer = scene.wire.http(method, path, headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in answer.headers


PATHS_OF_ALL_KINDS = ("/livez", "/api/auth", "/nowhere", "/api/query", "/version")


@pytest.mark.parametrize("path", PATHS_OF_ALL_KINDS)
def test_no_reply_may_be_taken_for_something_else(scene: Scene, path: str) -> None:
    assert scene.wire.http("GET", path).headers.get("x-content-type-options") == "nosniff"


def test_input_of_a_stranger_is_in_no_log(scene: Scene) -> None:
    scene.wire.raw(f"GET /{MARK} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: {MARK}\r\nReferer: {MARK}\r\n\r\n".encode())
    scene.wire.raw(f"{MARK} / HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    scene.post("/api/query", {"path": f"{MARK}:{MARK}", "args": {MARK: MARK}}, scene.outsider)
    scene.post("/api/query", b"{" + MARK.encode(), scene.outsider, Origin=f"https://{MARK}.example")
    scene.post("/api/webhooks/getstream", MARK.encode(), None, **{"X-Signature": MARK})
    assert MARK not in scene.servers.log()


def refused(answer: Answer) -> None:
    """See that a request was refused in the documented shape."""
    assert SECRET.encode() not in answer.body
    if answer.status == 200:
        assert answer.json["status"] == "error", answer
        assert answer.code, answer
    else:
        assert answer.status in REFUSED, answer
        assert answer.json is None or {"code", "message"} <= set(answer.json), answer
