"""The OpenAPI document says what signatures and result structs say."""

from typing import Annotated, Any, Literal

import msgspec
import pytest

from connvo.runtime.context import ActionCtx, MutationCtx, QueryCtx
from connvo.runtime.function import Function, action, internal_mutation, mutation, query
from connvo.runtime.openapi.document import document
from connvo.runtime.openapi.json_schema import Schemas
from connvo.runtime.registry import RegisteredFunction
from connvo.runtime.wire import Args, Meta, Result
from connvo.schema.users import UserId


class Point(Args, frozen=True, kw_only=True):
    """Where something is; `label_text` is for people."""

    x: float
    label_text: str | None = None
    sides: list[Literal["left", "right"]] = msgspec.field(default_factory=list)


class Tree(Result, frozen=True, kw_only=True):
    """A tree."""

    id: UserId
    creation_time: float
    parent: UserId | None
    children: "list[Tree]"
    kind: Literal["a", "b"] | None = None


@query
def get_tree(ctx: QueryCtx, user_id: UserId, depth: float = 3.0) -> Tree | None:
    """Return a tree.

    It is `depth` deep around `user_id`. Raises NotFound where there is none.
    """
    raise AssertionError


@mutation
def move_all(ctx: MutationCtx, points: list[Point], meta: Meta | None = None, *, at: float | None) -> None:
    """Move points."""


@action
async def fetch(ctx: ActionCtx, note: str | msgspec.UnsetType | None = msgspec.UNSET) -> bytes:
    """Fetch."""
    raise AssertionError


@internal_mutation
def hidden(ctx: MutationCtx) -> None:
    """Not for callers."""


def entry(path: str, function: Function[..., Any], original: RegisteredFunction | None = None) -> RegisteredFunction:
    return RegisteredFunction(path, function, original)


TREE = entry("meetings/trees:getTree", get_tree)


class Few:
    def functions(self) -> list[RegisteredFunction]:
        return [
            TREE,
            entry("meetings/index:getTree", get_tree, TREE),
            entry("geometry:moveAll", move_all),
            entry("geometry:fetch", fetch),
            entry("geometry:hidden", hidden),
        ]


@pytest.fixture
def served() -> dict[str, Any]:
    return document(Few(), "1.2.3")


def operation(served: dict[str, Any], path: str) -> dict[str, Any]:
    found: dict[str, Any] = served["paths"]["/api/run/" + path]["post"]
    return found


def arguments(served: dict[str, Any], path: str) -> dict[str, Any]:
    schema: dict[str, Any] = operation(served, path)["requestBody"]["content"]["application/json"]["schema"]
    assert schema["required"] == ["args"]
    inner: dict[str, Any] = schema["properties"]["args"]
    return inner


def value(served: dict[str, Any], path: str) -> Any:
    success, _ = operation(served, path)["responses"]["200"]["content"]["application/json"]["schema"]["oneOf"]
    return success["properties"]["value"]


def test_every_public_function_has_a_path_and_internal_ones_have_none(served: dict[str, Any]) -> None:
    assert served["openapi"].startswith("3.1")
    assert served["info"]["version"] == "1.2.3"
    assert sorted(served["paths"]) == [
        "/api/run/geometry/fetch",
        "/api/run/geometry/moveAll",
        "/api/run/meetings/index/getTree",
        "/api/run/meetings/trees/getTree",
    ]


def test_an_operation_is_named_tagged_and_described(served: dict[str, Any]) -> None:
    found = operation(served, "meetings/trees/getTree")
    assert found["operationId"] == "postApiRunMeetingsTreesGetTree"
    assert (found["tags"], found["x-kind"]) == (["Meetings"], "query")
    assert found["summary"] == "Return a tree."
    assert found["description"] == "It is `depth` deep around `userId`. Raises `NOT_FOUND` where there is none."
    assert found["security"] == [{"bearerAuth": []}]
    assert {"200", "400", "401", "413", "500", "503"} <= found["responses"].keys()
    assert operation(served, "geometry/moveAll")["tags"] == ["System"]
    assert "`meetings/trees:getTree`" in operation(served, "meetings/index/getTree")["description"]


def test_arguments_are_closed_and_typed(served: dict[str, Any]) -> None:
    assert arguments(served, "meetings/trees/getTree") == {
        "type": "object",
        "required": ["userId"],
        "properties": {"userId": {"type": "string", "x-idTable": "users"}, "depth": {"type": "number", "default": 3.0}},
        "additionalProperties": False,
    }


def test_optional_is_not_nullable_and_nullable_is_not_optional(served: dict[str, Any]) -> None:
    found = arguments(served, "geometry/moveAll")
    assert found["required"] == ["points", "at"]
    assert found["properties"]["at"] == {"type": ["number", "null"]}
    assert found["properties"]["meta"] == {
        "type": "object",
        "additionalProperties": {"type": ["string", "number", "boolean"]},
    }
    both = arguments(served, "geometry/fetch")
    assert both["required"] == []
    assert both["properties"]["note"] == {"type": ["string", "null"]}


def test_structs_are_components_with_wire_names(served: dict[str, Any]) -> None:
    points = arguments(served, "geometry/moveAll")["properties"]["points"]
    assert points == {"type": "array", "items": {"$ref": "#/components/schemas/Point"}}
    components = served["components"]["schemas"]
    assert components["Point"] == {
        "description": "Where something is; `labelText` is for people.",
        "type": "object",
        "required": ["x"],
        "properties": {
            "x": {"type": "number"},
            "labelText": {"type": "string"},
            "sides": {"type": "array", "items": {"type": "string", "enum": ["left", "right"]}},
        },
        "additionalProperties": False,
    }
    assert components["Tree"]["required"] == ["_id", "_creationTime", "parent", "children"]
    assert components["Tree"]["properties"]["parent"] == {"type": ["string", "null"], "x-idTable": "users"}
    assert components["Tree"]["properties"]["children"]["items"] == {"$ref": "#/components/schemas/Tree"}
    assert components["Tree"]["properties"]["kind"] == {"type": "string", "enum": ["a", "b"]}


def test_results_are_described(served: dict[str, Any]) -> None:
    tree = {"$ref": "#/components/schemas/Tree"}
    assert value(served, "meetings/trees/getTree") == {"anyOf": [tree, {"type": "null"}]}
    assert value(served, "geometry/moveAll") == {"type": ["string", "null"], "x-alwaysNull": True}
    assert value(served, "geometry/fetch") == {"type": "string", "contentEncoding": "base64"}


def test_structs_of_one_name_stay_apart() -> None:
    one = msgspec.defstruct("Same", [("a", int)], module="shapes.round")
    two = msgspec.defstruct("Same", [("b", Annotated[int, "a count"])], module="shapes.square")
    schemas = Schemas()
    assert [schemas.of(one), schemas.of(two), schemas.of(one)] == [
        {"$ref": "#/components/schemas/Same"},
        {"$ref": "#/components/schemas/SquareSame"},
        {"$ref": "#/components/schemas/Same"},
    ]


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        (Any, {}),
        (tuple[int, ...], {"type": "array", "items": {"type": "integer"}}),
        (str | list[str], {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
        (Literal["a"] | None, {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}]}),
    ],
)
def test_other_types(annotation: Any, schema: dict[str, Any]) -> None:
    assert Schemas().of(annotation) == schema


def test_a_type_that_cannot_cross_the_wire_is_refused() -> None:
    with pytest.raises(TypeError, match="cannot cross the wire"):
        Schemas().of(complex)
