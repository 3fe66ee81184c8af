"""The schema of an answer in the form that strict modes accept, and what is read by it."""

import json
from typing import Annotated, Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from connvo.providers.llm.strict_schema import AnswerShape, strict_schema


class Inner(msgspec.Struct):
    """An item."""

    text: Annotated[str, msgspec.Meta(max_length=400)]
    owner: str | None = None


class Outer(msgspec.Struct):
    """An answer."""

    items: Annotated[list[Inner], msgspec.Meta(max_length=20)]
    language: str | None = None


SHAPE = AnswerShape(Outer, "outer", {"owner": ("p1", "p2")})


def objects(schema: Any) -> list[dict[str, Any]]:
    """Returns every object in a schema."""
    parts = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else []
    own = [schema] if isinstance(schema, dict) and schema.get("type") == "object" else []
    return own + [one for part in parts for one in objects(part)]


def test_the_root_is_inlined_and_every_object_is_closed_and_complete() -> None:
    schema = strict_schema(Outer)
    assert schema["type"] == "object" and "$ref" not in schema
    assert len(objects(schema)) == 2
    for one in objects(schema):
        assert one["additionalProperties"] is False
        assert one["required"] == list(one["properties"])


def test_bounds_and_defaults_are_left_out() -> None:
    text = json.dumps(strict_schema(Outer))
    assert not [word for word in ("maxLength", "maxItems", "default", "title") if word in text]


def test_choices_bound_a_property_and_null_stays_allowed() -> None:
    validator = Draft202012Validator(SHAPE.schema)
    answer = {"items": [{"text": "a", "owner": "p1"}, {"text": "b", "owner": None}], "language": None}
    assert validator.is_valid(answer)
    answer["items"][0]["owner"] = "p3"  # type: ignore[index]
    assert not validator.is_valid(answer)


def test_without_choices_there_is_nothing_but_null() -> None:
    validator = Draft202012Validator(AnswerShape(Outer, "outer", {"owner": ()}).schema)
    assert not validator.is_valid({"items": [{"text": "a", "owner": "p1"}], "language": None})


def test_an_answer_of_a_server_that_ignores_the_schema_is_read_if_its_shape_is_right() -> None:
    found = SHAPE.read('{"items": [{"text": "a", "owner": "p9"}], "more": 1}')
    assert found == Outer(items=[Inner(text="a", owner="p9")])


@pytest.mark.parametrize("text", ["", "[]", '{"items": "none"}', '{"items": [{"text": null}]}', "Sure!"])
def test_another_shape_is_refused(text: str) -> None:
    with pytest.raises(msgspec.MsgspecError):
        SHAPE.read(text)
