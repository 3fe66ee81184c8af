"""Addresses, texts that make no sense, large texts."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from connvo.settings import SyncSettings
from connvo.transport.sync import close_codes
from connvo.transport.sync.connections import sync_version, takes_chunks
from tests.support.sync_client import SyncClient
from tests.support.sync_house import SyncHarness
from tests.support.sync_pipe import Pipe


@pytest.mark.parametrize(
    ("path", "version"),
    [
        ("/api/sync", ""),
        ("/api/1.48.0/sync", "1.48.0"),
        ("//api/1.48.0/sync", "1.48.0"),
        ("/api/anything/sync", "anything"),
        ("/api/a/b/sync", None),
        ("/api/1.48.0/sync/", None),
        ("/sync", None),
        ("/", None),
    ],
)
def test_the_address_of_a_socket(path: str, version: str | None) -> None:
    assert sync_version(path) == version


@pytest.mark.parametrize(
    ("version", "chunks"),
    [
        ("1.48.0", True),
        ("1.28.0", True),
        ("1.27.9", False),
        ("2.0.0-alpha.1", True),
        ("0.99.0", False),
        ("", False),
        ("x", False),
    ],
)
def test_chunks_are_for_clients_that_take_them(version: str, chunks: bool) -> None:
    assert takes_chunks(version) is chunks


def test_any_other_address_is_refused(house: SyncHarness) -> None:
    pipe = house.connect(path="/socket")
    house.settle()
    assert not pipe.accepted
    assert pipe.closed is not None


@pytest.mark.parametrize(
    "text",
    [
        "{nope",
        "[]",
        "7",
        '{"type": 7}',
        '{"kind": "Connect"}',
        '{"type": "Mutation", "requestId": "zero", "udfPath": "a:b", "args": [{}]}',
        '{"type": "ModifyQuerySet", "baseVersion": 0, "newVersion": 1}',
        '{"type": "Connect", "sessionId": "twice"}',
        '{"type": "ModifyQuerySet", "baseVersion": 5, "newVersion": 6, "modifications": []}',
        '{"type": "ModifyQuerySet", "baseVersion": 1, "newVersion": 1, "modifications": []}',
        '{"type": "ModifyQuerySet", "baseVersion": 1, "newVersion": 2, '
        '"modifications": [{"type": "Remove", "queryId": 9}]}',
        '{"type": "Authenticate", "baseVersion": 3, "tokenType": "None"}',
    ],
)
def test_a_client_that_breaks_the_protocol_is_told_so_and_nobody_else_notices(house: SyncHarness, text: str) -> None:
    pipe, other = house.open(), house.open()
    pipe.text(text)
    house.settle()
    assert pipe.client.fatal
    assert pipe.closed == (close_codes.NORMAL, close_codes.PROTOCOL)
    assert house.do(other, "notes:add", text="x")["success"]


def test_a_query_number_is_used_once(house: SyncHarness) -> None:
    pipe = house.open()
    add = {"type": "Add", "queryId": 1, "udfPath": "notes:count", "args": [{}]}
    change = {"type": "ModifyQuerySet", "baseVersion": 1, "newVersion": 2, "modifications": [add, add]}
    pipe.text(json.dumps(change))
    house.settle()
    assert pipe.client.fatal == "Duplicate query ID: 1"


def test_nothing_is_said_before_the_hello(house: SyncHarness) -> None:
    client = SyncClient()
    pipe = house.connect(client)
    del pipe.said[0]
    house.settle(pipe)
    assert client.fatal


def test_binary_is_no_message(house: SyncHarness) -> None:
    pipe = house.open()
    pipe.event({"type": "websocket.receive", "bytes": b"{}"})
    house.settle()
    assert pipe.client.fatal


def test_a_session_id_is_no_novel(house: SyncHarness) -> None:
    client = SyncClient()
    client.session = "x" * 1000
    pipe = house.open(client)
    assert client.fatal
    assert pipe.closed is not None


@pytest.mark.parametrize(
    "message",
    [
        {"type": "Event", "eventType": "ClientConnect", "event": {"anything": [1]}},
        {"type": "NotInventedYet", "x": 1},
        {"type": "Event"},
    ],
)
def test_an_unknown_message_is_passed_over(house: SyncHarness, message: dict[str, Any]) -> None:
    pipe = house.open()
    before = len(pipe.heard)
    pipe.text(json.dumps(message))
    house.settle()
    assert len(pipe.heard) == before
    assert pipe.open


@pytest.mark.parametrize("ts", [-1.5, 0, 1e300, 1795218297112.75])
def test_a_strange_clock_of_a_client_does_no_harm(house: SyncHarness, ts: float) -> None:
    client = SyncClient()
    pipe = house.connect(client)
    pipe.said[0]["clientTs"] = ts
    house.settle(pipe)
    assert client.transitions == 1
    assert abs(json.loads(pipe.heard[-1])["clientClockSkew"]) <= 2**53


@pytest.mark.parametrize("stamp", ["", "AAAA", "//////////8=", "not base64!"])
def test_a_timestamp_that_is_none_breaks_the_protocol(house: SyncHarness, stamp: str) -> None:
    client = SyncClient()
    pipe = house.connect(client)
    pipe.said[0]["maxObservedTimestamp"] = stamp
    house.settle(pipe)
    assert client.fatal


@pytest.mark.parametrize(("path", "kind"), [("/api/1.48.0/sync", "TransitionChunk"), ("/api/sync", "Transition")])
def test_a_large_transition_comes_as_its_reader_likes_it(house: SyncHarness, path: str, kind: str) -> None:
    client = SyncClient()
    pipe = house.connect(client, path)
    house.settle(pipe)
    shown = house.watch(pipe, "values:large", characters=6_000_000)
    assert len(shown()) == 6_000_000
    kinds = [json.loads(text)["type"] for text in pipe.heard[1:]]
    assert set(kinds) == {kind}
    assert max(len(text) for text in pipe.heard) < 20_000_000


def test_arguments_have_a_limit(make_house: Callable[..., SyncHarness]) -> None:
    house = make_house(sync=SyncSettings(max_message_bytes=2 * 1024 * 1024))
    pipe = house.open(token=house.token("alice"))
    text = "x" * 1_100_000
    assert house.watch(pipe, "notes:count", channel=text)()["data"]["code"] == "LIMIT_EXCEEDED"
    assert house.do(pipe, "notes:add", text=text)["errorData"]["code"] == "LIMIT_EXCEEDED"
    assert pipe.open


def test_a_client_that_floods_is_read_more_slowly(house: SyncHarness) -> None:
    pipe = house.open()
    house.watch(pipe, "notes:count")
    pipe.read(False)
    house.do(house.open(), "notes:add", text="x")
    for _ in range(3000):
        pipe.say(pipe.client.mutate("notes:add", {"text": "y"})[1])
    house.settle(pipe)
    assert waiting(pipe) > 1000, "what is not read waits on the client's side"
    pipe.read(True)
    house.settle()
    assert pipe.client.settled
    assert pipe.client.results[0] == 3001


def waiting(pipe: Pipe) -> int:
    """Return how many texts of the client the server has not taken."""
    return pipe._to_server.qsize()
