"""Messages in parts, in whatever pieces they arrive, and however broken their arguments are."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.transport.sync.message_parts import MAX_MARKS, MessageParts, TooManyParts, dropped, shortened
from connvo.transport.sync.messages import Action, Add, Malformed, ModifyQuerySet, Mutation, decode

json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.sampled_from(['"args":', "\\", '\\"', "[{"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(st.text(max_size=5), st.just("args")), inner, max_size=3)
    ),
    max_leaves=12,
)


def written(args: Any, **fields: Any) -> str:
    message = {"type": "Mutation", "requestId": 7, "udfPath": "a:b", "args": args, **fields}
    return json.dumps(message, ensure_ascii=False)


def in_pieces(message: bytes, limit: int, cuts: list[int]) -> MessageParts:
    parts = MessageParts(limit)
    places = [0, *sorted(cuts), len(message)]
    for start, end in pairwise(places):
        parts.add(message[start:end])
    return parts


@given(json_values, json_values, st.booleans(), st.data())
def test_parts_are_the_same_however_a_message_is_cut(args: Any, other: Any, ascii: bool, data: st.DataObject) -> None:
    text = json.dumps({"args": args, "x": other, "type": "Mutation", "m": [{"args": args}]}, ensure_ascii=ascii)
    message = text.encode("utf-8", "surrogatepass")
    cuts = data.draw(st.lists(st.integers(0, len(message)), max_size=12))
    parts = in_pieces(message, len(message), cuts)
    assert parts.shortened() == message
    expected = json.dumps(args, ensure_ascii=ascii)
    assert [parts.text_of(number).strip().decode("utf-8", "surrogatepass") for number in (0, -1)] == [expected] * 2


@given(st.integers(0, 3000), st.integers(0, 3000), st.lists(st.integers(0, 5000), max_size=6))
def test_arguments_that_do_not_fit_are_dropped_the_largest_first(first: int, second: int, cuts: list[int]) -> None:
    limit = 2000
    args = ["x" * first, "y" * second]
    added = [{"type": "Add", "queryId": number, "udfPath": "a:b", "args": one} for number, one in enumerate(args)]
    message = json.dumps({"type": "ModifyQuerySet", "baseVersion": 0, "newVersion": 1, "modifications": added}).encode()
    parts = in_pieces(message, limit, [cut for cut in cuts if cut <= len(message)])
    short = parts.shortened()
    assert len(short) <= limit + 100
    decoded = decode(short.decode())
    assert isinstance(decoded, ModifyQuerySet)
    kept = [bytes(one.args).strip() for one in decoded.modifications if isinstance(one, Add)]
    gone = [dropped(one) is not None for one in kept]
    assert any(gone) == (len(message) > limit)
    assert not all(gone) or min(first, second) > limit // 4
    for text, was_dropped, one in zip(kept, gone, args, strict=True):
        assert was_dropped or json.loads(text) == one


def test_a_part_beside_the_arguments_has_to_fit() -> None:
    assert shortened(written([{}], x="x" * 5000).encode(), 4000) is None


def test_the_work_for_one_message_is_bounded() -> None:
    for mark in (b"[],", b'"",', b"{"):
        with pytest.raises(TooManyParts):
            MessageParts(10**9).add(b'{"args":[' + mark * MAX_MARKS)
    parts = MessageParts(10**9)
    parts.add(b'{"args":["' + b'\\"\\n' * MAX_MARKS + b'"]}')
    assert len(parts.arguments) == 1


HALVES = {
    "a first half": r"\ud83d",
    "a second half": r"\uDE42",
    "two first halves": r"\ud83d\ud83d",
    "the halves the wrong way round": r"\ude42\ud83d",
    "a half behind a backslash": r"\\\ud83d",
}


@pytest.mark.parametrize("half", HALVES.values(), ids=HALVES)
def test_half_a_pair_leaves_the_rest_of_a_message_readable(half: str) -> None:
    kept = r'[{"t":"\ud83d\ude42 \\ud83d"}]'
    broken = f'[{{"t":"{half}"}}]'
    added = ",".join(
        f'{{"type":"Add","queryId":{number},"udfPath":"a:b","args":{args}}}'
        for number, args in enumerate((broken, kept))
    )
    found = decode(f'{{"type":"ModifyQuerySet","baseVersion":0,"newVersion":1,"modifications":[{added}]}}')
    assert isinstance(found, ModifyQuerySet)
    assert [bytes(one.args).decode() for one in found.modifications if isinstance(one, Add)] == [broken, kept]


@pytest.mark.parametrize("args", ["[" * 3000 + "]" * 3000, '[{"t":NaN}]', "[}", '[{"a":1,}]'], ids=len)
@pytest.mark.parametrize(("kind", "made"), [("Mutation", Mutation), ("Action", Action)])
def test_a_call_with_arguments_that_are_no_json_is_read_all_the_same(
    kind: str, made: type[Mutation | Action], args: str
) -> None:
    found = decode(f'{{"args":{args},"type":"{kind}","requestId":7,"udfPath":"a:b"}}')
    assert isinstance(found, made)
    assert (found.request_id, found.udf_path, bytes(found.args).decode()) == (7, "a:b", args)


@pytest.mark.parametrize(
    "text",
    [
        r'{"type":"Mutation","requestId":7,"udfPath":"a:b","\u0061rgs":[{"t":"\ud83d"}]}',
        r'{"type":"Mutation","requestId":NaN,"udfPath":"a:b","args":[{}]}',
        r'{"type":"Mutation","requestId":7,"udfPath":"a:b","args":[{"t":"\ud83d"}',
        r'{"type":"Mutation","requestId":7,"udfPath":"a:b","args":"',
        "[" * 3000,
        '{"x":' + "[" * 3000 + "]" * 3000 + ',"type":"Later"}',
    ],
    ids=len,
)
def test_a_message_whose_request_cannot_be_known_breaks_the_protocol(text: str) -> None:
    with pytest.raises(Malformed):
        decode(text)


def test_telemetry_is_skipped_with_any_content() -> None:
    for event in (r'"\ud83d"', "[" * 3000 + "]" * 3000):
        assert decode(f'{{"type":"Event","eventType":"x","event":{event}}}') is not None
