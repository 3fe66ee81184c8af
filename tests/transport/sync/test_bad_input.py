"""A call that cannot be carried out as it was sent: it fails with its code, nothing is changed, and all goes on."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from connvo.settings import RateSettings, SyncSettings
from connvo.transport.sync import close_codes
from tests.support.sync_house import SyncHarness
from tests.support.sync_pipe import Pipe

MIB = 1024 * 1024
LIMIT = SyncSettings().max_message_bytes
INVALID, TOO_LARGE = "VALIDATION_ERROR", "LIMIT_EXCEEDED"


def text(size: int) -> str:
    """Return arguments with so much text."""
    return '[{"text":"' + "x" * size + '"}]'


BAD: dict[str, tuple[str, str]] = {
    "half a surrogate pair": (r'[{"text":"half an emoji: \ud83d"}]', INVALID),
    "half a surrogate pair in a name": (r'[{"\ud83d":"x"}]', INVALID),
    "a name with U+0000": (r'[{"\u0000":"x"}]', INVALID),
    "nested too deep to be decoded": ('[{"text":' + "[" * 5000 + "]" * 5000 + "}]", INVALID),
    "nested too deep": ('[{"text":' + "[" * 70 + "]" * 70 + "}]", INVALID),
    "a number beyond all": ('[{"text":"x","rank":1e999}]', INVALID),
    "an integer beyond all": ('[{"text":"x","rank":' + "9" * 5000 + "}]", INVALID),
    "NaN": ('[{"text":"x","rank":NaN}]', INVALID),
    "a trailing comma": ('[{"text":"x",}]', INVALID),
    "too many values": ('[{"text":[' + "1," * 9000 + "1]}]", TOO_LARGE),
    "two objects": ("[{},{}]", INVALID),
    "2 MB": (text(2_000_000), TOO_LARGE),
    "2 MB of escapes": ('[{"text":"' + "\\n" * 1_000_000 + '"}]', TOO_LARGE),
    "as large as may be": (text(SyncSettings().max_refused_bytes - 200), TOO_LARGE),
}


def call(args: str, number: int = 1000, kind: str = "Mutation", path: str = "notes:add") -> str:
    """Return the message of a call."""
    return f'{{"type":"{kind}","requestId":{number},"udfPath":"{path}","args":{args}}}'


def watching(*arguments: str) -> str:
    """Return the message that subscribes to a query, once for each arguments."""
    added = ",".join(
        f'{{"type":"Add","queryId":{number},"udfPath":"notes:count","args":{args}}}'
        for number, args in enumerate(arguments)
    )
    return f'{{"type":"ModifyQuerySet","baseVersion":1,"newVersion":2,"modifications":[{added}]}}'


MESSAGES = {
    "mutation": call,
    "action": lambda args: call(args, 1001, "Action", "values:slow"),
    "query": watching,
}


def outcome(pipe: Pipe, kind: str) -> dict[str, Any]:
    """Return the error that a call of some kind was answered with."""
    for message in map(json.loads, reversed(pipe.heard)):
        if kind == "query" and message["type"] == "Transition":
            return dict(next(one for one in message["modifications"] if one["queryId"] == 0)["errorData"])
        if message.get("requestId") in (1000, 1001):
            assert message["success"] is False
            return dict(message["errorData"])
    raise AssertionError("there is no answer")


class Listener:
    """A client that does not check the answers, as its calls are made by hand."""

    def receive(self, text: str) -> None:
        """Take a message of the server."""


def by_hand(house: SyncHarness, token: str | None = "alice") -> Pipe:
    """Open a connection for messages that no client would send."""
    pipe = house.open(token=token and house.token(token))
    pipe.client = Listener()  # type: ignore[assignment]
    return pipe


@pytest.mark.parametrize("kind", MESSAGES)
@pytest.mark.parametrize(("args", "code"), BAD.values(), ids=BAD)
def test_a_bad_call_fails_alone(house: SyncHarness, args: str, code: str, kind: str) -> None:
    writer, pipe = house.open(), by_hand(house)
    pipe.text(MESSAGES[kind](args))
    house.settle()
    assert outcome(pipe, kind)["code"] == code
    assert pipe.open
    assert house.watch(writer, "notes:count")() == 0
    pipe.heard.clear()
    pipe.text(call('[{"text":"after"}]', 1002))
    house.settle()
    assert json.loads(pipe.heard[0])["success"] is True


@pytest.mark.parametrize("half", [r"\ud800", r"\ud83dx", r"a\udc00", r"\udc00\ud800"])
def test_half_of_a_surrogate_pair_is_named(house: SyncHarness, half: str) -> None:
    pipe = by_hand(house)
    pipe.text(call(f'[{{"text":"{half}"}}]'))
    house.settle()
    assert "half of a surrogate pair" in outcome(pipe, "mutation")["message"]


def test_bad_calls_are_answered_in_the_order_of_all_others(house: SyncHarness) -> None:
    pipe = by_hand(house)
    for number in range(6):
        pipe.text(call([text(1), r'[{"text":"\ud83d"}]', text(LIMIT)][number % 3], number))
    house.settle()
    answers = [one for one in map(json.loads, pipe.heard) if one["type"] == "MutationResponse"]
    assert [(one["requestId"], one["success"]) for one in answers] == [(n, n % 3 == 0) for n in range(6)]
    assert json.loads(pipe.heard[-1])["type"] == "Transition"


def test_one_bad_query_leaves_the_others_of_its_message_alone(house: SyncHarness) -> None:
    pipe = by_hand(house)
    large = '[{"channel":"' + "x" * LIMIT + '"}]'
    pipe.text(watching('[{"channel":"a"}]', r'[{"channel":"\ud83d"}]', large, "[{}]"))
    house.settle()
    (shown,) = [one["modifications"] for one in map(json.loads, pipe.heard[-1:])]
    found = {one["queryId"]: one["errorData"]["code"] if "errorData" in one else one["value"] for one in shown}
    assert found == {0: 0, 1: INVALID, 2: TOO_LARGE, 3: 0}


@pytest.mark.parametrize("size", [SyncSettings().max_refused_bytes, 2 * SyncSettings().max_refused_bytes])
def test_a_message_beyond_the_bound_ends_the_connection(house: SyncHarness, size: int) -> None:
    pipe = house.open(token=house.token("alice"))
    pipe.text(call(text(size)))
    house.settle()
    assert pipe.closed == (close_codes.TOO_BIG, close_codes.TOO_LONG)


def test_a_stranger_is_answered_too(house: SyncHarness) -> None:
    pipe = by_hand(house, None)
    pipe.text(call(text(2 * MIB)))
    house.settle()
    refused = outcome(pipe, "mutation")
    assert (refused["code"], refused["metadata"]["limit"]) == (TOO_LARGE, 64 * 1024)
    assert pipe.open


@pytest.mark.parametrize("token", [None, "alice"])
def test_a_large_message_counts_as_all_its_bytes(make_house: Callable[..., SyncHarness], token: str | None) -> None:
    rates = {"account_burst": 600, "network_burst": 600, "account_per_second": 1, "network_per_second": 1}
    house = make_house(rates=RateSettings(**rates))
    pipe = by_hand(house, token)
    for number in range(2):
        assert pipe.open
        pipe.text(call(text(6 * MIB), 1000 + number, "Action"))
        house.settle()
    assert outcome(pipe, "action")["code"] == TOO_LARGE
    assert pipe.closed is not None


def test_a_token_with_half_a_pair_is_a_refused_token(house: SyncHarness) -> None:
    pipe = house.open()
    pipe.text(r'{"type":"Authenticate","baseVersion":0,"tokenType":"User","value":"\ud83d"}')
    house.settle()
    assert pipe.client.auth_errors
    assert pipe.client.fatal is None
