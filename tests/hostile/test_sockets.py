"""Sync connections that keep to no rule: handshakes, frames, messages, their order and their ids."""

import base64
import time
from collections.abc import Iterator
from typing import Any

import pytest

from .scene import MARK, SECRET, Scene
from .wire import (
    BINARY,
    CLOSE,
    CONTINUATION,
    CUT,
    FINAL,
    KEY,
    OPEN,
    PING,
    TEXT,
    frame,
    hello,
    identity,
    message,
    watching,
)

FAILED = "1011"
CATALOGUE = "interests/queries:listCatalog"

HANDSHAKES: dict[str, dict[str, str]] = {
    "no key": {"Sec-WebSocket-Key": ""},
    "a short key": {"Sec-WebSocket-Key": "eA=="},
    "a key that is no base64": {"Sec-WebSocket-Key": "%" * 24},
    "no version": {"Sec-WebSocket-Version": ""},
    "version 8": {"Sec-WebSocket-Version": "8"},
    "version x": {"Sec-WebSocket-Version": "x" * 500},
    "no upgrade": {"Upgrade": "", "Connection": "close"},
    "another upgrade": {"Upgrade": "h2c", "Connection": "Upgrade, close"},
}


@pytest.mark.parametrize("headers", HANDSHAKES.values(), ids=HANDSHAKES)
def test_a_broken_handshake_opens_nothing(scene: Scene, headers: dict[str, str]) -> None:
    heard = scene.wire.frames([hello()], headers=headers)
    assert heard.messages == []
    assert heard.state not in (OPEN, FAILED)


PATHS = ("/api/sync/x", "/api/../api/sync2", "/sync", "/api/1/2/sync", "/api/%00/sync/", "/ws", "/")


@pytest.mark.parametrize("path", PATHS)
def test_no_other_address_takes_a_socket(scene: Scene, path: str) -> None:
    heard = scene.wire.frames([hello()], path=path)
    assert heard.messages == []
    assert heard.state not in (OPEN, FAILED)


@pytest.mark.parametrize("name", ["Sec-WebSocket-Protocol", "Cookie"])
def test_long_fields_of_a_handshake_are_answered(scene: Scene, name: str) -> None:
    closing = frame((1000).to_bytes(2, "big"), CLOSE)
    heard = scene.wire.frames([hello(), closing], headers={name: "x" * 9000}, wait=False)
    assert heard.state not in (OPEN, FAILED)


BROKEN_FRAMES: dict[str, list[bytes]] = {
    "no mask": [b"\x81\x02{}"],
    "reserved kind 3": [frame(b"x", 0x3)],
    "reserved kind 11": [frame(b"", 0xB)],
    "reserved bit 1": [frame(b"{}", TEXT, FINAL | 0x40)],
    "reserved bit 3": [frame(b"{}", TEXT, FINAL | 0x10)],
    "a long ping": [frame(b"x" * 126, PING)],
    "a ping in pieces": [frame(b"x", PING, 0)],
    "a rest without a beginning": [frame(b"{}", CONTINUATION)],
    "a text within a text": [frame(b"{", TEXT, 0), frame(b"}", TEXT)],
    "a close of one byte": [frame(b"\x03", CLOSE)],
    "a close with code 999": [frame((999).to_bytes(2, "big"), CLOSE)],
    "a close with code 1005": [frame((1005).to_bytes(2, "big"), CLOSE)],
    "a close with a reason that is no text": [frame((1000).to_bytes(2, "big") + b"\xff\xfe", CLOSE)],
    "text that is no text": [frame(b'{"type":"\xff\xfe"}')],
    "text cut within a letter": [frame(b'{"type":"\xc3', TEXT, 0), frame(b'"}', CONTINUATION)],
    "a length of 2^63": [bytes([FINAL | TEXT, 0xFF]) + (2**63).to_bytes(8, "big") + bytes(4)],
    "a length of 2^40": [bytes([FINAL | TEXT, 0xFF]) + (2**40).to_bytes(8, "big") + bytes(4)],
    "a length of 33 MiB": [bytes([FINAL | TEXT, 0xFF]) + (33 * 2**20).to_bytes(8, "big") + bytes(4)],
    "bytes": [frame(b"{}", BINARY)],
}


@pytest.mark.parametrize("frames", BROKEN_FRAMES.values(), ids=BROKEN_FRAMES)
def test_broken_frames_end_their_connection_alone(scene: Scene, frames: list[bytes]) -> None:
    heard = scene.wire.frames([hello(), *frames])
    assert heard.state in (CUT, "1000", "1002", "1003", "1005", "1007", "1009"), heard


BROKEN_MESSAGES: dict[str, bytes] = {
    "nothing": frame(b""),
    "no JSON": frame(b"hello"),
    "half": frame(b'{"type":"Connect"'),
    "a list": frame(b"[]"),
    "null": frame(b"null"),
    "no type": frame(b"{}"),
    "a type of a number": frame(b'{"type":5}'),
    "a type of null": frame(b'{"type":null}'),
    "Connect again": hello(),
    "a session id of a number": hello(sessionId=5),
    "Transition, which is the server's": frame(b'{"type":"Mutation"}'),
    "a query set without versions": message("ModifyQuerySet", modifications=[]),
    "a query set from another version": watching(CATALOGUE, base=7),
    "a query set back in time": message("ModifyQuerySet", baseVersion=0, newVersion=-1, modifications=[]),
    "a query set of null": message("ModifyQuerySet", baseVersion=0, newVersion=1, modifications=None),
    "a modification of a number": message("ModifyQuerySet", baseVersion=0, newVersion=1, modifications=[5]),
    "an unknown modification": message("ModifyQuerySet", baseVersion=0, newVersion=1, modifications=[{"type": "X"}]),
    "a query id of text": watching(CATALOGUE, {}, queryId="x"),
    "a query id of a fraction": watching(CATALOGUE, {}, queryId=1.5),
    "a query id twice": message(
        "ModifyQuerySet",
        baseVersion=0,
        newVersion=1,
        modifications=[{"type": "Add", "queryId": 0, "udfPath": CATALOGUE, "args": [{}]}] * 2,
    ),
    "the end of an unknown query": message(
        "ModifyQuerySet", baseVersion=0, newVersion=1, modifications=[{"type": "Remove", "queryId": 3}]
    ),
    "a journal of a number": watching(CATALOGUE, {}, journal=5),
    "a mutation without a number": message("Mutation", udfPath="a:b", args=[{}]),
    "a mutation of number x": message("Mutation", requestId="x", udfPath="a:b", args=[{}]),
    "a mutation of a path of a number": message("Mutation", requestId=0, udfPath=5, args=[{}]),
    "a mutation of number NaN": message("Mutation", requestId=float("nan"), udfPath="a:b", args=[{}]),
    "arguments by another spelling of their name": frame(
        rb'{"type":"Mutation","requestId":0,"udfPath":"a:b","\u0061rgs":[{"t":"\ud800"}]}'
    ),
    "an identity from another version": message("Authenticate", baseVersion=5, tokenType="None"),
    "an identity of an unknown kind": message("Authenticate", baseVersion=0, tokenType="Root", value="x"),
    "an identity of a number": message("Authenticate", baseVersion=0, tokenType="User", value=5),
    "an admin": message("Authenticate", baseVersion=0, tokenType="Admin", value="admin|key"),
    "a token that is none": identity("x"),
    "a token of nothing": identity(""),
    "no token": message("Authenticate", baseVersion=0, tokenType="User"),
}


@pytest.mark.parametrize("broken", BROKEN_MESSAGES.values(), ids=BROKEN_MESSAGES)
def test_broken_messages_end_their_connection_alone(scene: Scene, broken: bytes) -> None:
    heard = scene.wire.frames([hello(), broken])
    assert heard.state in (CUT, "1000", "1002", "1003", "1007", "1008", "1009"), heard


FIRST = {
    "a query set": watching(CATALOGUE),
    "a mutation": message("Mutation", requestId=0, udfPath="users/mutations:updateLastSeen", args=[{}]),
    "an action": message("Action", requestId=0, udfPath="meetings/webrtc/turn:getICEServers", args=[{}]),
    "a token": identity("x"),
}


@pytest.mark.parametrize("first", FIRST.values(), ids=FIRST)
def test_nothing_comes_before_the_first_message(scene: Scene, first: bytes) -> None:
    heard = scene.wire.frames([first, hello()])
    assert heard.state == "1000"
    assert [one["type"] for one in heard.messages] == ["FatalError"]


ODD_HELLOS: dict[str, dict[str, Any]] = {
    "no session id": {"sessionId": ""},
    "a session id of 10,000 letters": {"sessionId": "x" * 10_000},
    "a session id upwards": {"sessionId": "../../etc/passwd"},
    "a session id of controls": {"sessionId": "a\u202e\u0000b"},
    "a count below zero": {"connectionCount": -1},
    "a count of 10^15": {"connectionCount": 10**15},
    "a clock of never": {"clientTs": 1e308},
    "a clock of before": {"clientTs": -1e308},
    "a timestamp that is none": {"maxObservedTimestamp": "x"},
    "a timestamp of nothing": {"maxObservedTimestamp": ""},
    "a timestamp beyond all": {"maxObservedTimestamp": "//////////8="},
    "a timestamp at the end": {"maxObservedTimestamp": base64.b64encode((2**63 - 1).to_bytes(8, "little")).decode()},
    "a timestamp of the beginning": {"maxObservedTimestamp": "AAAAAAAAAAA="},
    "fields that nobody knows": {"admin": True, "__proto__": {"admin": True}, "roles": ["host"]},
}


@pytest.mark.parametrize("fields", ODD_HELLOS.values(), ids=ODD_HELLOS)
def test_an_odd_first_message_opens_nothing_more(scene: Scene, fields: dict[str, Any]) -> None:
    who = watching("users/queries:getCurrentUser")
    heard = scene.wire.frames([hello(**fields), who], wait=False)
    shown = [change["value"] for one in heard.of("Transition") for change in one["modifications"]]
    assert shown in ([], [None])


def ahead(seconds: float) -> str:
    """Return a timestamp that lies in the future."""
    return base64.b64encode((time.time_ns() + int(seconds * 1e9)).to_bytes(8, "little")).decode()


@pytest.mark.parametrize("seconds", [30, 120, 290])
def test_a_stranger_does_not_move_the_clock(scene: Scene, seconds: float) -> None:
    scene.wire.frames([hello(maxObservedTimestamp=ahead(seconds)), watching(CATALOGUE)], wait=False)
    stamp = int.from_bytes(base64.b64decode(scene.post("/api/query_ts", {}, scene.host).json["ts"]), "little")
    assert stamp < time.time_ns() + 10e9


ODD_CALLS: dict[str, tuple[str, Any]] = {
    "null": (CATALOGUE, None),
    "text": (CATALOGUE, "x"),
    "a number": (CATALOGUE, 5),
    "two": (CATALOGUE, [{}, {}]),
    "a list in a list": (CATALOGUE, [[]]),
    "fields of ours": (CATALOGUE, [{"$where": 1}]),
    "unknown fields": (CATALOGUE, [{"admin": True}]),
    "a wrong type": (CATALOGUE, [{"limit": "many"}]),
    "a path of nothing": ("", [{}]),
    "a path of colons": (":::", [{}]),
    "a path upwards": ("../x:y", [{}]),
    "an internal path": ("erasure:erase", [{}]),
    "a path of 100,000 letters": ("a" * 100_000 + ":b", [{}]),
    "deep": (CATALOGUE, [{"a": {"a": {"a": {"a": {"a": {}}}}}}]),
    "NaN": (CATALOGUE, [{"limit": float("nan")}]),
    "half a surrogate pair": (CATALOGUE, [{"a": "\ud800"}]),
    "half a surrogate pair in a name": (CATALOGUE, [{"\udfff": 1}]),
    "half a surrogate pair in a path": ("\ud800:x", [{}]),
    "the mark of the server for dropped arguments": (CATALOGUE, [{"$dropped": [1, 1]}]),
    "the same mark alone": (CATALOGUE, {"$dropped": [1, 1]}),
    "a number of arguments": (CATALOGUE, 0),
    "500,000 letters": (CATALOGUE, [{"a": "x" * 500_000}]),
    "2,000,000 letters": (CATALOGUE, [{"a": "x" * 2_000_000}]),
}


@pytest.mark.parametrize(("path", "args"), ODD_CALLS.values(), ids=ODD_CALLS)
def test_odd_calls_are_answered_with_an_error_and_nothing_else(scene: Scene, path: str, args: Any) -> None:
    added = [{"type": "Add", "queryId": 0, "udfPath": path, "args": args}]
    heard = scene.wire.frames(
        [
            hello(),
            identity(str(scene.outsider.token)),
            message("ModifyQuerySet", baseVersion=0, newVersion=1, modifications=added),
            message("Mutation", requestId=0, udfPath=path, args=args),
            message("Action", requestId=1, udfPath=path, args=args),
        ],
        wait=False,
    )
    assert heard.state == OPEN
    changes = [change for one in heard.of("Transition") for change in one["modifications"]]
    assert [change["type"] for change in changes] == ["QueryFailed"]
    assert [one["success"] for one in heard.of("MutationResponse") + heard.of("ActionResponse")] == [False, False]


@pytest.mark.parametrize("pause_seconds", [0, 0.3], ids=["at once", "after the answer"])
def test_numbers_of_mutations_that_repeat_run_once(scene: Scene, pause_seconds: float) -> None:
    def frames() -> Iterator[bytes]:
        same = message("Mutation", requestId=3, udfPath="users/mutations:updateLastSeen", args=[{}])
        yield from (hello(), identity(str(scene.outsider.token)), same)
        time.sleep(pause_seconds)
        yield same
        yield message("Mutation", requestId=1, udfPath="users/mutations:updateLastSeen", args=[{}])

    heard = scene.wire.frames(frames(), wait=False)
    assert heard.state in (OPEN, "1000")
    # A repetition that arrives after the answer is answered again, from the record: with the same commit.
    commits = {(answer["requestId"], answer.get("ts")) for answer in heard.of("MutationResponse")}
    assert len(commits) == len({number for number, _ in commits}) <= 2


def test_an_unknown_message_is_passed_over(scene: Scene) -> None:
    heard = scene.wire.frames([hello(), message("Later", x=[1]), watching(CATALOGUE)], wait=False)
    assert heard.state == OPEN
    assert heard.of("Transition")


LARGE = 4 * 2**20
LARGE_MESSAGES = {
    "a type": b'{"type":"' + b"x" * LARGE + b'"}',
    "a path": b'{"type":"Mutation","requestId":0,"args":[{}],"udfPath":"' + b"x" * LARGE + b'"}',
    "many values": b'{"type":"Mutation","requestId":0,"udfPath":"a:b","args":[' + b"[]," * (LARGE // 3) + b"[]]}",
    "many texts": b'{"type":"Mutation","requestId":0,"udfPath":"a:b","args":[' + b'"",' * (LARGE // 3) + b'""]}',
    "many queries": b'{"type":"ModifyQuerySet","baseVersion":0,"newVersion":1,"modifications":['
    + b'{"type":"Add","queryId":0,"udfPath":"a:b","args":[]},' * (LARGE // 50)
    + b"{}]}",
    "no JSON": b"x" * LARGE,
    "beyond the bound": b'{"type":"Mutation","requestId":0,"udfPath":"a:b","args":["' + b"x" * 17 * 2**20 + b'"]}',
}


def test_a_large_message_before_the_first_one_is_refused(scene: Scene) -> None:
    assert scene.wire.frames([frame(LARGE_MESSAGES["a path"])]).state not in (OPEN, FAILED)


@pytest.mark.parametrize("large", LARGE_MESSAGES.values(), ids=LARGE_MESSAGES)
@pytest.mark.parametrize("who", ["nobody", "outsider"])
def test_a_large_message_that_no_answer_can_help_ends_its_connection(scene: Scene, large: bytes, who: str) -> None:
    known = [identity(str(scene.outsider.token))] if who == "outsider" else []
    heard = scene.wire.frames([hello(), *known, frame(large), watching(CATALOGUE)], wait=False)
    assert heard.state not in (OPEN, FAILED)


def test_large_messages_of_nobody_take_no_memory(scene: Scene) -> None:
    before = scene.servers.memory()
    large = b'{"type":"Action","requestId":0,"udfPath":"a:b","args":["' + b"x" * 15 * 2**20 + b'"]}'
    parts = [large[start : start + 2**16] for start in range(0, len(large), 2**16)]
    frames = [frame(part, CONTINUATION if number else TEXT, 0) for number, part in enumerate(parts)]
    heard = scene.wire.frames([hello(), *frames, frame(b"", CONTINUATION), watching(CATALOGUE)], wait=False)
    assert heard.state == OPEN
    assert [one["success"] for one in heard.of("ActionResponse")] == [False]
    assert heard.of("Transition")
    assert scene.servers.memory() - before < 8, "MB"


@pytest.mark.parametrize("number", [2**53 + 1, 10**30])
def test_numbers_beyond_all_are_ordinary_names(scene: Scene, number: int) -> None:
    call = message("Mutation", requestId=number, udfPath="a:b", args=[{}])
    farewell = frame((1000).to_bytes(2, "big"), CLOSE)
    heard = scene.wire.frames([hello(), watching(CATALOGUE, {}, queryId=number), call, farewell])
    assert heard.state == "1000"
    assert all(one["requestId"] == number for one in heard.of("MutationResponse"))


DEEP_MESSAGES = {
    "telemetry": b'{"type":"Event","eventType":"x","event":%s}',
    "a mutation": b'{"type":"Mutation","requestId":0,"udfPath":"a:b","args":%s}',
    "an unknown message": b'{"type":"Later","x":%s}',
}


@pytest.mark.parametrize("deep", DEEP_MESSAGES.values(), ids=DEEP_MESSAGES)
def test_a_very_deep_message_ends_its_connection(scene: Scene, deep: bytes) -> None:
    frames = [hello(), frame(deep % (b"[" * 100_000 + b"]" * 100_000)), watching(CATALOGUE)]
    assert scene.wire.frames(frames, wait=False).state not in (OPEN, FAILED)


@pytest.mark.parametrize("depth", [900, 1100, 8000])
def test_a_deep_call_fails_alone(scene: Scene, depth: int) -> None:
    deep = DEEP_MESSAGES["a mutation"] % (b"[" * depth + b"]" * depth)
    heard = scene.wire.frames([hello(), frame(deep), watching(CATALOGUE)], wait=False)
    assert heard.state == OPEN
    assert [one["success"] for one in heard.of("MutationResponse")] == [False]


def test_5000_queries_in_one_message_are_refused(scene: Scene) -> None:
    heard = scene.wire.frames([hello(), watching("x:y", *[{}] * 5000)], wait=False)
    assert heard.state not in (OPEN, FAILED)


def test_a_used_key_of_a_handshake_is_no_way_in(scene: Scene) -> None:
    """Two connections with the same key and session: the later one has what is its own, and nothing more."""
    fields = {"sessionId": "the same", "connectionCount": 3}
    watch = watching("users/queries:getCurrentUser")
    first = [hello(**fields), identity(str(scene.host.token)), watch]
    assert "vera" in str(scene.wire.frames(first, headers={"Sec-WebSocket-Key": KEY}, wait=False).messages)
    heard = scene.wire.frames([hello(**fields), watch], headers={"Sec-WebSocket-Key": KEY}, wait=False)
    assert all(change["value"] is None for one in heard.of("Transition") for change in one["modifications"])


def test_the_reason_that_a_client_gives_is_in_no_log(scene: Scene) -> None:
    other = MARK[::-1]
    scene.wire.frames([hello(connectionCount=2, lastCloseReason=f"{other}\x1b[31m\r\n\u2028")], wait=False)
    assert other not in scene.servers.log()


def test_secrets_of_others_are_not_in_errors_for_a_broken_client(scene: Scene) -> None:
    for frames in (watching("meetings/queries:getMeeting", {"meetingId": scene.meeting}), frame(b"{")):
        heard = scene.wire.frames([hello(), frames], wait=False)
        assert SECRET not in str(heard.messages)
