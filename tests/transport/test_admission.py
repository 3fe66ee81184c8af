"""A caller costs little until its token is accepted: it has a budget, and only small bodies are read and decoded."""

import json
from typing import Any

import pytest

from connvo.runtime.outcome import Outcome
from connvo.settings import RateSettings
from connvo.transport.http import envelope

from .conftest import Desk
from .http.test_function_calls import CALLS, assert_refused

LITTLE = {"network_per_second": 0.01, "account_per_second": 0.01}
RUN = "/api/run/messages/list"


def few(calls: int) -> Desk:
    """A desk at which a network and an account may call only so often."""
    return Desk(rates=RateSettings(network_burst=calls, account_burst=calls, **LITTLE))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def counted(desk: Desk, reason: str) -> float:
    """Return how often something was refused for a reason."""
    return desk.metrics.registry.get_sample_value("connvo_refused_total", {"reason": reason}) or 0.0


@pytest.mark.parametrize(("method", "door", "body"), CALLS)
@pytest.mark.parametrize("with_token", [False, True])
def test_every_endpoint_counts_its_calls(method: str, door: str, body: Any, with_token: bool) -> None:
    desk = few(3)
    headers = bearer(desk.token()) if with_token else {}
    for _ in range(3):
        assert desk.http.request(method, door, json=body, headers=headers).status_code == 200
    calls = len(desk.runner.calls)
    reply = desk.http.request(method, door, json=body, headers=headers)
    assert_refused(reply, 429, "TooManyRequests")
    assert int(reply.headers["retry-after"]) >= 1
    assert "retry-after" in reply.headers["access-control-expose-headers"]
    assert len(desk.runner.calls) == calls
    assert counted(desk, "calls") == 1


def test_an_account_and_its_network_are_counted_apart() -> None:
    desk = few(2)
    alice, bob = bearer(desk.token("alice")), bearer(desk.token("bob"))
    for headers in ({}, alice, bob):
        for expected in (200, 200, 429):
            assert desk.http.post(RUN, json={"args": {}}, headers=headers).status_code == expected


def test_calls_that_fail_count_as_others() -> None:
    desk = few(3)
    for content in (b"{", b'{"args": 5}', b"x"):
        assert desk.http.post(RUN, content=content, headers={"Content-Type": "application/json"}).status_code == 400
    assert_refused(desk.http.post(RUN, json={"args": {}}), 429, "TooManyRequests")


def test_a_batch_counts_each_of_its_calls() -> None:
    desk = few(10)
    queries = {"queries": [{"path": "messages:list", "args": {}}] * 8}
    assert desk.http.post("/api/query_batch", json=queries).status_code == 200
    assert_refused(desk.http.post("/api/query_batch", json=queries), 429, "TooManyRequests")
    assert len(desk.runner.calls) == 8


def test_a_full_batch_fits_a_smaller_budget() -> None:
    desk = few(4)
    queries = {"queries": [{"path": "messages:list", "args": {}}] * 3}
    assert desk.http.post("/api/query_batch", json=queries).status_code == 200


def test_a_refused_call_is_refused_before_its_body_is_read() -> None:
    desk = few(1)
    desk.http.post(RUN, json={"args": {}})
    assert_refused(desk.http.post(RUN, content=bytes(1_000_000)), 429, "TooManyRequests")


@pytest.mark.parametrize("header", ["Bearer garbage", "Bearer a.b.c", "Basic eA==", "Convex key", "x"])
def test_wrong_credentials_are_counted_before_they_are_looked_at(header: str) -> None:
    desk = few(3)
    for _ in range(3):
        assert desk.http.post(RUN, json={"args": {}}, headers={"Authorization": header}).status_code != 429
    assert_refused(desk.http.post(RUN, json={"args": {}}, headers={"Authorization": header}), 429, "TooManyRequests")
    assert counted(desk, "tokens") == 1


def test_wrong_tokens_of_a_network_lock_out_no_client_that_was_accepted_before() -> None:
    desk = few(3)
    member, other = bearer(desk.token("alice")), bearer(desk.token("bob"))
    assert desk.http.post(RUN, json={"args": {}}, headers=member).status_code == 200
    for _ in range(5):
        desk.http.post(RUN, json={"args": {}}, headers=bearer("a.b.c"))
    assert desk.http.post(RUN, json={"args": {}}, headers=member).status_code == 200
    assert_refused(desk.http.post(RUN, json={"args": {}}, headers=other), 429, "TooManyRequests")


def test_calls_without_a_token_keep_no_one_on_their_network_from_signing_in() -> None:
    desk = few(3)
    for _ in range(9):
        desk.http.post(RUN, json={"args": {}})
    assert desk.http.post(RUN, json={"args": {}}, headers=bearer(desk.token())).status_code == 200


@pytest.mark.parametrize(("with_token", "fits", "beyond"), [(False, 2000, 2100), (True, 4000, 4200)])
def test_the_body_limit_is_that_of_the_caller(with_token: bool, fits: int, beyond: int) -> None:
    desk = Desk(max_anonymous_body_bytes=2048, max_body_bytes=4096)
    headers = bearer(desk.token()) if with_token else {}
    small, large = ({"args": {}, "more": "x" * size} for size in (fits, beyond))
    assert desk.http.post(RUN, json=small, headers=headers).status_code == 200
    assert_refused(desk.http.post(RUN, json=large, headers=headers), 413, "BodyTooLarge")
    assert len(desk.runner.calls) == 1


def test_a_wrong_token_is_refused_before_the_body_is_read(desk: Desk) -> None:
    reply = desk.http.post(RUN, content=bytes(4_000_000), headers=bearer("a.b.c"))
    assert_refused(reply, 401, "InvalidAuthHeader")


@pytest.mark.parametrize(
    "args",
    [
        '{"a": [%s0]}' % ("0," * 9000),
        '{"a": [%s[]]}' % ("[]," * 5000),
        '{"a": {%s"z": 0}}' % ('"f":0,' * 9000),
        '[{"a": [%s""]}]' % ('"\\\\\\"",' * 9000),
    ],
)
def test_arguments_of_very_many_values_are_refused_before_they_are_decoded(
    monkeypatch: pytest.MonkeyPatch, args: str
) -> None:
    desk = roomy()
    monkeypatch.setattr(envelope, "_json", lambda raw: None if len(memoryview(raw)) < 1000 else pytest.fail("decoded"))
    for door, body in ((RUN, '{"args": %s}'), ("/api/query", '{"path": "messages:list", "args": %s}')):
        reply = desk.http.post(door, content=body % args, headers={"Content-Type": "application/json"})
        assert reply.json()["errorData"]["code"] == "LIMIT_EXCEEDED"
    assert desk.runner.calls == []


@pytest.mark.parametrize("text", [",[{" * 15_000, '\\",[{' * 8000, "\\\\" * 20_000 + '\\"' * 3000 + "," * 10_000])
def test_text_of_many_marks_is_one_value(text: str) -> None:
    desk = roomy()
    content = f'{{"args": {{"a": "{text}"}}}}'
    reply = desk.http.post(RUN, content=content, headers={"Content-Type": "application/json"})
    assert reply.json()["status"] == "success"
    assert desk.last["args"] == json.loads(content)["args"]


def roomy() -> Desk:
    """A desk that takes arguments of any number of bytes."""
    return Desk(argument_bytes=1 << 20)


@pytest.mark.parametrize("door", [RUN.replace("list", "lost"), "/api/mutation"])
def test_arguments_of_a_function_that_is_not_there_are_not_decoded(monkeypatch: pytest.MonkeyPatch, door: str) -> None:
    desk = Desk()
    monkeypatch.setattr(envelope, "decode_arguments", lambda *given: pytest.fail("decoded"))
    desk.runner.answer = lambda call: Outcome(value=call["path"])
    body = {"path": "messages:list", "args": {"a": [1, 2]}}
    assert desk.http.post(door, json=body).json()["status"] == "success"
    assert desk.last["args"] == {}


@pytest.mark.parametrize("name", ["format", "ts", "componentPath", "unknown"])
def test_fields_that_a_call_does_not_use_are_not_decoded(name: str) -> None:
    desk = Desk()
    content = '{{"path": "messages:list", "args": {{}}, "{}": [{}[]]}}'.format(name, "[]," * 15_000)
    reply = desk.http.post("/api/query", content=content, headers={"Content-Type": "application/json"})
    expected = {"format": "BadFormat", "componentPath": "BadConvexFunctionIdentifier"}.get(name)
    if expected:
        assert_refused(reply, 400, expected)
    else:
        assert reply.json()["status"] == "success"


@pytest.mark.parametrize("value", [None, "", 0, False, [], {}])
def test_an_empty_component_is_none(desk: Desk, value: Any) -> None:
    body = {"path": "messages:list", "args": {}, "componentPath": value}
    assert desk.http.post("/api/query", json=body).json()["status"] == "success"


def test_a_batch_of_very_many_calls_is_refused_regardless_of_its_content(desk: Desk) -> None:
    for call in ('{"path":"a:b","args":{}}', "0"):
        content = '{{"queries": [{}{}]}}'.format('{"path":"a:b","args":{}},' * 101, ",".join([call] * 1000))
        reply = desk.http.post("/api/query_batch", content=content, headers={"Content-Type": "application/json"})
        assert_refused(reply, 400, "BadJsonBody")
        assert "at most 100" in reply.json()["message"]
    assert desk.runner.calls == []


def test_an_address_in_the_query_string_is_bounded_in_values_too() -> None:
    desk = roomy()
    args = '{"a":[%s0]}' % ("0," * 9000)
    reply = desk.http.get("/api/query", params={"path": "messages:list", "args": args})
    assert reply.json()["errorData"]["code"] == "LIMIT_EXCEEDED"
