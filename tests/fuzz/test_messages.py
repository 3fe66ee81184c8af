"""Bodies, messages of sockets, and what is in them: whatever comes is understood, or refused as documented.

What a decoder makes of a message takes memory by the size of the message, not by what is in it.
"""

import base64
import tracemalloc
from collections.abc import Callable
from ipaddress import ip_network
from typing import Any, TypeAlias

import msgspec
import pytest
from hypothesis import given

from connvo.kernel import values
from connvo.kernel.errors import FunctionError, RequestError
from connvo.kernel.ids import decode_id, encode_id
from connvo.kernel.names import COMPONENT, IDENTIFIER, canonical_path
from connvo.rules.negotiation import candidate_ufrag, sdp_ufrags
from connvo.transport.addresses import UNKNOWN, ClientAddresses
from connvo.transport.argument_limits import ArgumentLimits
from connvo.transport.http import envelope
from connvo.transport.http.request import Request
from connvo.transport.sync import messages

from .mutations import Noise, made, mutated, tries
from .refusals import never, only

Decode: TypeAlias = Callable[[bytes], object]

LIMITS, MANY = ArgumentLimits(64 * 1024, 1000), ArgumentLimits(2**20, 1000)
REFUSALS = (RequestError, FunctionError)
CALL = {"path": "a/b:c", "args": {"x": [1, "y", None]}, "format": "json", "ts": "AAAAAAAAAAA=", "componentPath": ""}
ADD = {"type": "Add", "queryId": 1, "udfPath": "a:b", "args": [{"x": 1}], "journal": None}
CONNECT = {
    "type": "Connect", "sessionId": "s", "connectionCount": 1, "lastCloseReason": "x", "clientTs": 1.5,
    "maxObservedTimestamp": "AAAAAAAAAAA=",
}  # fmt: skip
MODIFY = {"type": "ModifyQuerySet", "baseVersion": 0, "newVersion": 1, "modifications": [ADD, {"type": "Remove", "queryId": 2}]}  # fmt: skip  # noqa: E501
MESSAGES = (
    CONNECT,
    MODIFY,
    {"type": "Mutation", "requestId": 1, "udfPath": "a:b", "args": [{}]},
    {"type": "Action", "requestId": 1, "udfPath": "a:b", "args": [{}]},
    {"type": "Authenticate", "baseVersion": 0, "tokenType": "User", "value": "a.b.c"},
    {"type": "Event", "eventType": "x", "event": {"a": [1]}},
)


def fits(path: str) -> bool:
    """Return that there is every function."""
    return True


def decode_call(body: bytes, most: ArgumentLimits = LIMITS, timed: bool = False) -> object:
    """Return the call in a body."""
    return envelope.decode_call(body, most, fits, timed)


def decode_batch(body: bytes) -> object:
    """Return the calls in a body."""
    return [_call_or_none(one) for one in envelope.decode_batch(body)]


def _call_or_none(body: envelope.CallBody) -> object:
    return only(REFUSALS, lambda: envelope.call_of(body, LIMITS, fits))


def decode_text(text: bytes) -> object:
    """Return a message of a socket, which is text when it comes here."""
    return messages.decode(text.decode("utf-8", "replace"))


@tries(150)
@given(body=mutated(CALL))
def test_calls(body: bytes) -> None:
    only(REFUSALS, lambda: decode_call(body))
    only(REFUSALS, lambda: decode_call(body, timed=True))


@tries(100)
@given(body=mutated({"args": {"x": {"y": 1}}, "format": "convex_encoded_json"}, {"args": [{}]}))
def test_runs(body: bytes) -> None:
    only(REFUSALS, lambda: envelope.decode_run(body, "a:b", LIMITS, fits))


@tries(100)
@given(body=mutated({"queries": [CALL, {"path": "a:b", "args": [{}]}]}))
def test_batches(body: bytes) -> None:
    only(REFUSALS, lambda: decode_batch(body))


@tries(150)
@given(value=made(lambda noise: noise.changed({"x": [1, {"$integer": "AAAAAAAAAAA="}], "y": {"z": "w"}})))
def test_values(value: Any) -> None:
    decoded = only((values.InvalidValue,), lambda: values.decode(value))
    if not _has_half_letters(decoded):
        msgspec.json.encode(values.encode_exact(decoded))


@tries(250)
@given(data=mutated(*MESSAGES))
def test_texts_of_sockets(data: bytes) -> None:
    only((messages.Malformed,), lambda: decode_text(data))
    only((messages.Malformed,), lambda: messages.decode_connect(data.decode("utf-8", "replace")))


@tries(100)
@given(text=made(lambda noise: noise.one((noise.text(), base64.b64encode(noise.data()).decode()))))
def test_timestamps(text: str) -> None:
    found = only((values.InvalidValue,), lambda: values.decode_timestamp(text))
    assert found is None or (0 <= found < 2**63 and values.encode_timestamp(found) == text)


@tries(150)
@given(text=made(Noise.text), raw=made(lambda noise: encode_id(noise.number(20_000), bytes(16))), cut=made(lambda noise: noise.number(40)))  # fmt: skip  # noqa: E501
def test_ids(text: str, raw: str, cut: int) -> None:
    for one in (text, raw, raw[:cut] + text, raw[:cut] + "0" + raw[cut + 1 :]):
        found = decode_id(one)
        assert found is None or encode_id(*found) == one


PARTS = ("a", "/", ":", ".js", "_", "..", "\u0101", "b1", "%2e", "\x00")


@tries(150)
@given(path=made(lambda noise: "".join(noise.one((*PARTS, noise.text())) for _ in range(noise.number(7)))))
def test_paths(path: str) -> None:
    found = only((RequestError,), lambda: canonical_path(path))
    if found is not None:
        module, _, function = found.rpartition(":")
        assert IDENTIFIER.fullmatch(function)
        assert all(COMPONENT.fullmatch(part) for part in module.split("/"))


LINES = ("a=ice-ufrag:", "a=ice-ufrag:\t x", "v=0", " ufrag ", "\x00", "a=ice-ufrag:" + "x" * 300)


@tries(100)
@given(lines=made(lambda noise: [noise.one(LINES) + noise.text() for _ in range(noise.number(60))]), own=made(Noise.text))  # fmt: skip  # noqa: E501
def test_descriptions_and_candidates(lines: list[str], own: str) -> None:
    found = sdp_ufrags("\r\n".join(lines))
    assert len(found) <= 32
    assert all(0 < len(one) <= 256 for one in found)
    candidate_ufrag("candidate:" + " ".join(lines), own or None)


def _addresses(noise: Noise) -> tuple[str | None, bytes]:
    def one() -> str:
        numbers = ".".join(str(noise.number(300)) for _ in range(4))
        return str(noise.one((numbers, f"[::ffff:{numbers}]:80", f"fe80::{noise.number(9999)}%eth0", noise.text())))

    return noise.one((None, one())), ", ".join(one() for _ in range(noise.number(4))).encode("utf-8", "replace")


@tries(150)
@given(drawn=made(_addresses))
def test_addresses_of_clients(drawn: tuple[str | None, bytes]) -> None:
    peer, forwarded = drawn
    for trusted in ((), ("0.0.0.0/0", "::/0"), ("10.0.0.0/8",)):
        key = ClientAddresses(trusted).key(peer, {b"x-forwarded-for": forwarded})
        assert key == UNKNOWN or ip_network(key).num_addresses in (1, 2**64)


@tries(150)
@given(raw=made(lambda noise: noise.data(80)), query=made(lambda noise: noise.data(80)), fields=made(lambda noise: [(noise.data(30), noise.data(30)), (b"accept", noise.data(30))]))  # fmt: skip  # noqa: E501
def test_addresses_and_fields_of_requests(raw: bytes, query: bytes, fields: list[tuple[bytes, bytes]]) -> None:
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/api/run/" + raw.decode("utf-8", "replace"),
        "raw_path": b"/api/run/" + raw,
        "query_string": query,
        "headers": fields,
        "client": ("127.0.0.1", 1),
    }
    request = Request(scope, never)
    assert all(isinstance(part, str) for part in request.segments_after("/api/run/"))
    assert all(isinstance(value, str) for value in request.query().values())
    assert {request.is_json, request.wants_page} <= {True, False}


# Memory.

LISTS = b"[" + b"[]," * 40_000 + b"[]]"
# A decoder may hold a message several times over: as bytes, as text, and what was found in it.
MAX_TIMES_ITS_SIZE = 6
BOUNDED: dict[str, tuple[bytes, Decode]] = {
    "arguments beyond the limit": (b'{"path":"a:b","args":{"x":%s}}', lambda body: decode_call(body)),
    "an unknown field": (b'{"path":"a:b","args":{},"more":%s}', lambda body: decode_call(body)),
    "a path": (b'{"path":%s,"args":{}}', lambda body: decode_call(body)),
    "a mutation": (b'{"type":"Mutation","requestId":1,"udfPath":"a:b","args":%s}', decode_text),
    "an unknown message": (b'{"type":"Later","x":%s}', decode_text),
    "a format": (b'{"path":"a:b","args":{},"format":%s}', lambda body: decode_call(body)),
    "a timestamp": (b'{"path":"a:b","args":{},"ts":%s}', lambda body: decode_call(body)),
    "a component": (b'{"path":"a:b","args":{},"componentPath":%s}', lambda body: decode_call(body)),
    "arguments": (b'{"path":"a:b","args":{"x":%s}}', lambda body: decode_call(body, MANY)),
    "telemetry": (b'{"type":"Event","eventType":"x","event":%s}', decode_text),
}


@pytest.mark.parametrize(("body", "decode"), BOUNDED.values(), ids=BOUNDED)
def test_memory_goes_by_the_size(body: bytes, decode: Decode) -> None:
    assert peak_of(decode, body % LISTS) < MAX_TIMES_ITS_SIZE * len(LISTS)


def peak_of(decode: Decode, body: bytes) -> int:
    """Return how many bytes a decoder takes at most."""
    tracemalloc.start()
    try:
        only((*REFUSALS, messages.Malformed), lambda: decode(body))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _has_half_letters(value: Any) -> bool:
    """Return whether there is a lone surrogate, which no client can bring: the parser refuses it before."""
    return "\\ud8" in ascii(value)
