"""Results on their way out: what may be written at once, and what has to be looked through first."""

import json
from typing import Annotated, Any, Literal, NewType

import msgspec
import pytest

from connvo.kernel.values import Int64
from connvo.runtime.results import exact_json, is_simple, server_error, to_values
from connvo.runtime.wire import Meta, Result

Name = NewType("Name", str)


class Leaf(Result, frozen=True, kw_only=True):
    """A leaf."""

    name: Name
    size: float | None
    kind: Literal["a", "b"] | None = None


class Tree(Result, frozen=True, kw_only=True):
    """A tree; it holds itself."""

    leaves: list[Leaf]
    children: "list[Tree]"
    marks: Meta | None = None


class Blob(Result, frozen=True, kw_only=True):
    """What has to be wrapped."""

    data: bytes


@pytest.mark.parametrize(
    "annotation", [None, str, float, Name, Leaf, Tree, list[Tree], Tree | None, Annotated[int, "x"], dict[str, float]]
)
def test_what_plain_json_says_exactly_is_simple(annotation: Any) -> None:
    assert is_simple(annotation)


@pytest.mark.parametrize("annotation", [bytes, Any, object, Blob, list[Blob], Blob | None, dict[str, Any], Int64])
def test_what_has_to_be_wrapped_is_not(annotation: Any) -> None:
    assert not is_simple(annotation)


def test_both_ways_write_the_same() -> None:
    tree = Tree(leaves=[Leaf(name=Name("x"), size=1.5, kind="a")], children=[Tree(leaves=[], children=[])])
    assert json.loads(exact_json(tree, simple=True)) == json.loads(exact_json(tree, simple=False))


def test_what_is_wrapped_is_wrapped_wherever_it_stands() -> None:
    result = {"a": [Blob(data=b"\x00\xff\x10")], "b": Int64(-7), "c": float("nan"), "d": (1, None)}
    assert json.loads(exact_json(result, simple=False)) == {
        "a": [{"data": {"$bytes": "AP8Q"}}],
        "b": {"$integer": "+f////////8="},
        "c": {"$float": "AAAAAAAA+H8="},
        "d": [1, None],
    }


def test_structs_become_objects_under_their_names_on_the_wire() -> None:
    assert to_values([Leaf(name=Name("x"), size=None)]) == [{"name": "x", "size": None}]
    assert to_values(msgspec.UNSET) is msgspec.UNSET


def test_what_nobody_foresaw_says_nothing_but_where_to_look() -> None:
    error = server_error("0123456789abcdef")
    assert error.message == "[Request ID: 0123456789abcdef] Server Error"
    assert error.code == "INTERNAL_ERROR"
