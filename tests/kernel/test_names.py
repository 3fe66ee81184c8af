"""Names: snake_case here, camelCase on the wire, and one canonical spelling of a function's path."""

import re
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connvo.kernel.errors import RequestError
from connvo.kernel.ids import decode_id
from connvo.kernel.names import ACRONYMS, camel, canonical_path
from tests.support.contract import RUN, operations

SEGMENT = "a" * 63


def snake(wire: str) -> str:
    """Return the Python spelling of a wire name."""
    for acronym in ACRONYMS.values():
        wire = wire.replace(acronym, acronym.capitalize())
    return re.sub(r"(?<!^)(?=[A-Z])", "_", wire).lower()


def documented_names() -> set[str]:
    """Return every module, function, argument and field that the documented API names."""
    names = {part for path in operations() for part in path.removeprefix(RUN).split("/")}
    for operation in operations().values():
        names |= {name for key in ("args", "value") for name in fields(operation[key])}
    return {name for name in names if not name.startswith("_")}


def fields(schema: Any) -> Iterator[str]:
    """Yield the names of an object's fields, however deep."""
    if isinstance(schema, list):
        for member in schema:
            yield from fields(member)
    elif isinstance(schema, dict):
        yield from schema.get("properties", {})
        for key, member in schema.items():
            yield from fields(list(member.values()) if key == "properties" else member)


def test_every_documented_name_can_be_written_in_snake_case() -> None:
    names = documented_names()
    assert len(names) > 300
    assert {name: camel(snake(name)) for name in names if camel(snake(name)) != name} == {}


@pytest.mark.parametrize(
    ("python", "wire"),
    [
        ("get_pending_signals", "getPendingSignals"),
        ("exchange_ice_candidate", "exchangeICECandidate"),
        ("active_webrtc_sessions", "activeWebRTCSessions"),
        ("webrtc", "webrtc"),
        ("get_slo_status", "getSLOStatus"),
        ("sdp_m_line_index", "sdpMLineIndex"),
        ("top10_users", "top10Users"),
        ("from_", "from"),
        ("list", "list"),
    ],
)
def test_names_become_camel_case(python: str, wire: str) -> None:
    assert camel(python) == wire


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ("messages:list", "messages:list"),
        ("messages.js:list", "messages:list"),
        ("messages", "messages:default"),
        ("messages.js", "messages:default"),
        ("messages:default", "messages:default"),
        ("a/b/c:do_it", "a/b/c:do_it"),
        ("a/b.js:_f1", "a/b:_f1"),
        ("a.b:f", "a.b:f"),
        ("_x:f", "_x:f"),
        ("x" * 64 + ":" + "f" * 64, "x" * 64 + ":" + "f" * 64),
    ],
)
def test_a_path_has_one_canonical_spelling(given: str, canonical: str) -> None:
    assert canonical_path(given) == canonical
    assert canonical_path(canonical) == canonical


@pytest.mark.parametrize(
    "path",
    [
        "", ":", ":f", "m:", "/m:f", "m/:f", "a//b:f", "a:b:c", "m:f g", "m:1f", "m:___", "___:f", "...:f", ".js:f",
        "m-n:f", "m:f-g", "é:f", "m:é", "m:f\n", "m\n:f", "../m:f", "x" * 65 + ":f", "m:" + "f" * 65, "m\0:f", "m:f.js",
    ],
)  # fmt: skip
def test_an_invalid_path_is_refused_as_a_request(path: str) -> None:
    with pytest.raises(RequestError) as caught:
        canonical_path(path)
    assert caught.value.code == "BadConvexFunctionIdentifier"
    assert caught.value.status == 400


def test_a_refused_path_is_shown_in_part_only() -> None:
    with pytest.raises(RequestError) as caught:
        canonical_path("!" * 100_000)
    assert len(caught.value.message) < 300


@pytest.mark.parametrize(
    ("read", "form"), [(canonical_path, "m%d" + f"/{SEGMENT}" * 320 + ":f"), (decode_id, "%d" + "a" * 100_000)]
)
def test_long_input_of_strangers_takes_no_memory(read: Callable[[str], object], form: str) -> None:
    tracemalloc.start()
    try:
        for number in range(100):
            read(form % number)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 1_000_000
