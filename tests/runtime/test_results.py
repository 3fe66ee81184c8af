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
def test_a_value_that_plain_json_expresses_exactly_is_simple(annotation: Any) -> None:
    assert is_simple(annotation)


@pytest.mark.parametrize("annotation", [bytes, Any, object, Blob, list[Blob], Blob | None, dict[str, Any], Int64])
def test_values_that_need_wrapping_are_not(annotation: Any) -> None:
    assert not is_simple(annotation)


def test_both_ways_write_the_same() -> None:
    tree = Tree(leaves=[Leaf(name=Name("x"), size=1.5, kind="a")], children=[Tree(leaves=[], children=[])])
    assert json.loads(exact_json(tree, simple=True)) == json.loads(exact_json(tree, simple=False))


def test_a_wrapped_value_is_wrapped_at_any_depth() -> None:
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


def test_an_unforeseen_error_says_nothing_but_where_to_look() -> None:
    error = server_error("0123456789abcdef")
    assert error.message == "[Request ID: 0123456789abcdef] Server Error"
    assert error.code == "INTERNAL_ERROR"


class StoredLeaf(msgspec.Struct, kw_only=True):
    """A row with more than a leaf shows."""

    name: Name = Name("x")
    size: float = 2.5
    kind: Literal["a", "b"] = "a"
    secret: str = "s"


def test_a_result_takes_the_fields_that_are_not_given_from_a_row() -> None:
    assert Leaf.from_row(StoredLeaf()) == Leaf(name=Name("x"), size=2.5, kind="a")
    assert Leaf.from_row(StoredLeaf(), size=None, kind="b") == Leaf(name=Name("x"), size=None, kind="b")


def test_a_field_that_is_neither_given_nor_in_the_row_is_a_mistake() -> None:
    with pytest.raises(AttributeError, match="children"):
        Tree.from_row(StoredLeaf(), leaves=[], marks=None)
    with pytest.raises(TypeError, match="secret"):
        Leaf.from_row(StoredLeaf(), secret="s")
