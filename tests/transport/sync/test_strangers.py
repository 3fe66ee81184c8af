"""A client without a token costs little: what it may say, watch, hold open and move."""

import json
import logging
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from connvo.settings import RateSettings, SyncSettings
from connvo.transport.sync import close_codes
from connvo.transport.sync.live_queries import MAX_REFUSED
from connvo.transport.sync.reconnect_reasons import OTHER, known_reason
from tests.support.sync_client import SyncClient
from tests.support.sync_house import SyncHarness
from tests.support.sync_pipe import Pipe

QUERIES = 20
SECOND_NS = 10**9


def add(query_id: int, path: str = "notes:count", **args: Any) -> dict[str, Any]:
    return {"type": "Add", "queryId": query_id, "udfPath": path, "args": [args]}


def modify(pipe: Pipe, house: SyncHarness, version: int, *changes: dict[str, Any]) -> None:
    message = {"type": "ModifyQuerySet", "baseVersion": version, "newVersion": version + 1, "modifications": changes}
    pipe.text(json.dumps(message))
    house.settle()


def test_a_stranger_says_less_at_once_than_an_account(house: SyncHarness) -> None:
    known, stranger = house.open(token=house.token("alice")), house.open()
    for pipe in (known, stranger):
        pipe.say(pipe.client.subscribe("notes:count", {"channel": "x" * 70_000})[1])
        house.settle(pipe)
    assert list(known.client.results.values()) == [0]
    (refused,) = stranger.client.results.values()
    assert (refused["data"]["code"], refused["data"]["metadata"]["limit"]) == ("LIMIT_EXCEEDED", 64 * 1024)


def test_a_large_query_set_may_follow_a_token_at_once(house: SyncHarness) -> None:
    """A client that comes back says Connect, its token and all it watches in one go."""
    client = SyncClient()
    pipe = house.open(client, token=house.token("alice"))
    for n in range(200):
        pipe.say(client.subscribe("notes:count", {"channel": f"{n}-" + "x" * 1000})[1])
    house.settle(pipe)
    pipe.cut()
    house.settle()
    again = house.connect(client)
    assert len(json.dumps(again.said[-1])) > SyncSettings().stranger_message_bytes
    house.settle(again)
    assert again.open
    assert [client.results[n] for n in range(200)] == [0] * 200


def test_a_stranger_watches_less_than_an_account_and_gets_the_rest_with_a_token(house: SyncHarness) -> None:
    pipe = house.open()
    views = [house.watch(pipe, "notes:count", channel=str(n)) for n in range(QUERIES + 2)]
    assert [view() for view in views[:QUERIES]] == [0] * QUERIES
    assert [view()["data"]["code"] for view in views[QUERIES:]] == ["LIMIT_EXCEEDED"] * 2
    pipe.say(pipe.client.authenticate(house.token("alice")))
    house.settle(pipe)
    assert [view() for view in views] == [0] * (QUERIES + 2)
    pipe.say(pipe.client.authenticate(None))
    house.settle(pipe)
    assert [view()["data"]["code"] for view in views[QUERIES:]] == ["LIMIT_EXCEEDED"] * 2


def test_refused_queries_count(house: SyncHarness) -> None:
    pipe, most = house.open(), QUERIES + MAX_REFUSED

    def subscribe(count: int) -> None:
        for _ in range(count):
            pipe.say(pipe.client.subscribe("no path!")[1])
        house.settle(pipe)

    subscribe(most)
    assert len([shown for shown in pipe.client.results.values() if shown["data"]["code"] == "VALIDATION_ERROR"]) == most
    for number in range(5):
        pipe.say(pipe.client.unsubscribe(number))
    subscribe(5)
    assert pipe.open, "what was removed counts no more"
    subscribe(1)
    assert pipe.closed == (close_codes.NORMAL, close_codes.PROTOCOL)
    assert str(QUERIES) in (pipe.client.fatal or "")


def test_all_watched_queries_fit_into_one_message(make_house: Callable[..., SyncHarness]) -> None:
    house = make_house(sync=SyncSettings(max_message_bytes=10_000))
    pipe = house.open(token=house.token("alice"))
    views = [house.watch(pipe, "notes:count", channel=f"{n}" + "x" * 4000) for n in range(3)]
    assert [view() for view in views[:2]] == [0, 0]
    assert views[2]()["data"]["code"] == "LIMIT_EXCEEDED"
    pipe.say(pipe.client.unsubscribe(0))
    assert house.watch(pipe, "notes:count", channel="y" * 4000)() == 0


def test_a_stranger_moves_no_clock_and_writes_nothing(house: SyncHarness) -> None:
    client = SyncClient()
    client.newest_ts = house.backend.now_ns + 2 * SECOND_NS
    before = house.backend.run(house.backend.engine.read(lambda db: db.timestamp))
    pipe = house.connect(client)
    house.settle(pipe)
    assert pipe.closed == (close_codes.BUSY, close_codes.BEHIND)
    assert house.backend.run(house.backend.engine.read(lambda db: db.timestamp)) == before
    house.backend.now_ns += 3 * SECOND_NS
    house.do(house.open(), "notes:add", text="x")
    again = house.open(client)
    assert again.open, "the database has got there automatically"
    assert house.watch(again, "notes:count")() == 1


def test_a_stranger_is_shown_nothing_older_than_it_has_seen(house: SyncHarness) -> None:
    house.do(house.open(), "notes:add", text="x")
    client = SyncClient()
    client.newest_ts = seen = house.backend.run(house.backend.engine.read(lambda db: db.timestamp))
    house.open(client)
    assert client.newest_ts >= seen
    assert client.transitions == 1


def test_a_stranger_that_watches_nothing_is_sent_away(house: SyncHarness) -> None:
    idle, watching, known = house.open(), house.open(), house.open(token=house.token("alice"))
    house.watch(watching, "notes:count")
    for _ in range(8):
        house.pass_time(10)
    assert idle.closed == (close_codes.NORMAL, close_codes.IDLE)
    assert watching.open
    assert known.open


@pytest.mark.parametrize("token", [None, "mallory"])
def test_a_client_that_knows_a_session_cannot_take_its_place(house: SyncHarness, token: str | None) -> None:
    alice = house.open(token=house.token("alice"))
    thief = SyncClient()
    thief.session = alice.client.session
    stolen = house.open(thief, token=house.token(token) if token else None)
    assert stolen.open
    assert alice.open
    assert house.do(alice, "notes:add", text="x")["success"]


def test_a_stranger_of_another_network_cannot_take_the_place_of_one(house: SyncHarness) -> None:
    here = house.open()
    thief = SyncClient()
    thief.session = here.client.session
    there = house.connect(thief, peer="192.0.2.7")
    house.settle(there)
    assert there.open
    assert here.open


def test_an_account_takes_its_own_place_also_when_its_token_comes_later(house: SyncHarness) -> None:
    old = house.open(token=house.token("alice"))
    client = SyncClient()
    client.session = old.client.session
    new = house.open(client)
    assert old.open
    new.say(client.authenticate(house.token("alice")))
    house.settle(new)
    assert old.closed == (close_codes.NORMAL, close_codes.SUPERSEDED)


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"Event","eventType":"x","event":[[[[1]]]]}',
        '{"type":"Mutation","requestId":0,"udfPath":"notes:add","args":[{"text":"x"}]}',
        '{"type":"Later"}',
        '{"type":"Connect","sessionId":"' + "x" * 200 + '"}',
        '{"type":"Connect","sessionId":"x","connectionCount":1e30}',
        '{"type":"Connect","sessionId":"x","y":' + "[" * 3000 + "]" * 3000 + "}",
    ],
)
def test_nothing_is_taken_before_connect(house: SyncHarness, text: str) -> None:
    client = SyncClient()
    pipe = house.connect(client)
    pipe.said.clear()
    pipe.text(text)
    house.settle()
    assert client.fatal
    assert pipe.closed == (close_codes.NORMAL, close_codes.PROTOCOL)


@pytest.mark.parametrize("number", [-1, 2**32, 10**30])
def test_numbers_have_bounds(house: SyncHarness, number: int) -> None:
    pipe = house.open()
    modify(pipe, house, 1, {**add(0), "queryId": number})
    assert pipe.client.fatal


def test_a_stranger_above_the_calls_of_its_network_waits_and_is_then_sent_away(
    make_house: Callable[..., SyncHarness],
) -> None:
    house = make_house(rates=RateSettings(network_burst=20, network_per_second=0.001))
    pipe = house.open()
    for n in range(30):
        pipe.say(pipe.client.mutate("notes:add", {"text": str(n)})[1])
    house.settle(pipe)
    assert pipe.closed == (close_codes.BUSY, close_codes.OVERLOADED)


def test_an_account_above_its_calls_waits_and_loses_nothing(make_house: Callable[..., SyncHarness]) -> None:
    house = make_house(rates=RateSettings(account_burst=20, account_per_second=20))
    pipe = house.open(token=house.token("alice"))
    count = house.watch(pipe, "notes:count")
    for n in range(30):
        pipe.say(pipe.client.mutate("notes:add", {"text": str(n)})[1])
    house.settle(pipe)
    assert 0 < count() < 30
    until(house, lambda: count() == 30)
    assert pipe.open
    assert pipe.client.settled


def test_actions_of_one_account_are_counted_over_its_connections(make_house: Callable[..., SyncHarness]) -> None:
    house = make_house(sync=SyncSettings(account_actions=2))
    token = house.token("alice")
    first, second, other = house.open(token=token), house.open(token=token), house.open(token=house.token("bob"))
    for pipe in (first, first, second, other):
        pipe.say(pipe.client.act("values:slow", {"seconds": 0.2})[1])
    house.settle(first, second, other)
    (refused,) = second.client.actions.values()
    assert refused["errorData"]["code"] == "LIMIT_EXCEEDED"
    until(house, lambda: all(first.client.actions.values()) and all(other.client.actions.values()))
    assert [done["success"] for done in [*first.client.actions.values(), *other.client.actions.values()]] == [True] * 3
    second.say(second.client.act("values:slow", {"seconds": 0})[1])
    house.settle(second)
    until(house, lambda: all(second.client.actions.values()))
    assert list(second.client.actions.values())[-1]["success"], "what has ended counts no more"


def until(house: SyncHarness, fits: Callable[[], bool]) -> None:
    """Let real time pass until something is so."""
    for _ in range(500):
        if fits():
            return
        house.rest(0.02)
    raise AssertionError("it never was")


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        ("InitialConnect", "InitialConnect"),
        ("closed with code 1006", "closed with code 1006"),
        ("TooManyConcurrentRequests", "TooManyConcurrentRequests"),
        (None, "none"),
        ("", "none"),
        ("closed with code 1006\n", OTHER),
        ("closed with code ١٠٠٦", OTHER),
        ("my address is a@example.org", OTHER),
        ("\x1b[31m\r\n" + chr(0x2028), OTHER),
    ],
)
def test_the_log_has_the_reasons_of_a_list_only(said: str | None, logged: str) -> None:
    assert known_reason(said) == logged


def test_the_log_has_no_line_per_connection_of_strangers_and_few_of_accounts(house: SyncHarness) -> None:
    logging.getLogger().setLevel(logging.INFO)
    with capture_logs() as lines:
        for n in range(60):
            client = SyncClient()
            client.connections = 5
            pipe = house.connect(client)
            pipe.said[0]["lastCloseReason"] = "evil\x1b"
            pipe.said[0]["connectionCount"] = 5
            if n % 2:
                pipe.said.insert(1, client.authenticate(house.token("alice"))[0])
            house.settle(pipe)
    reasons = [line["last_close_reason"] for line in lines if line["event"] == "sync_reconnected"]
    assert set(reasons) == {OTHER}
    assert 0 < len(reasons) < 30


def test_a_timestamp_is_looked_at_before_anything_is_shown(house: SyncHarness) -> None:
    client = SyncClient()
    pipe = house.connect(client)
    pipe.said[0]["maxObservedTimestamp"] = b64encode((2**63 - 1).to_bytes(8, "little")).decode()
    house.settle(pipe)
    assert client.transitions == 0
    assert not pipe.open
