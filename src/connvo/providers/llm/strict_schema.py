"""The JSON schema of a struct in the form that strict modes accept.

Strict modes want the root inlined, every property required, no other properties, and no bounds or defaults. A property
that may be absent is null.
"""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import msgspec

T = TypeVar("T")
REFERENCE = "#/$defs/{name}"
# Keywords that a strict mode accepts. Bounds are checked after the answer, by the rules.
KEPT = frozenset({"type", "properties", "items", "anyOf", "enum", "$ref", "$defs", "description", "required"})


class AnswerShape(msgspec.Struct, Generic[T], frozen=True):
    """The shape of an answer: the struct that it is read as, and its name.

    `choices` gives, for a property of that name anywhere in the answer, the only strings that the schema allows. Null
    stays allowed. The struct is not bound to them, so an answer of a server that ignores the schema can still be read.
    """

    type: type[T]
    name: str
    choices: Mapping[str, tuple[str, ...]] = {}

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema."""
        return strict_schema(self.type, self.choices)

    def read(self, text: str) -> T:
        """Return the value of a JSON text.

        Raises:
            msgspec.MsgspecError: The text is not JSON, or has another shape.
        """
        return msgspec.json.decode(text, type=self.type)


def strict_schema(root: type[Any], choices: Mapping[str, tuple[str, ...]] | None = None) -> dict[str, Any]:
    """Return the strict JSON schema of a struct."""
    (reference,), parts = msgspec.json.schema_components([root], ref_template=REFERENCE)
    strict = {name: _strict(part, choices or {}) for name, part in parts.items()}
    found: dict[str, Any] = strict.pop(str(reference["$ref"]).rpartition("/")[2])
    return {**found, "$defs": strict} if strict else found


def _strict(part: dict[str, Any], choices: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    kept: dict[str, Any] = {key: value for key, value in part.items() if key in KEPT}
    if "anyOf" in kept:
        kept["anyOf"] = [_strict(one, choices) for one in kept["anyOf"]]
    if isinstance(kept.get("items"), dict):
        kept["items"] = _strict(kept["items"], choices)
    if kept.get("type") == "object":
        properties = kept.get("properties", {})
        kept["properties"] = {
            name: _chosen(choices[name]) if name in choices else _strict(one, choices)
            for name, one in properties.items()
        }
        kept["required"] = list(properties)
        kept["additionalProperties"] = False
    return kept


def _chosen(allowed: tuple[str, ...]) -> dict[str, Any]:
    return {"anyOf": [{"type": "string", "enum": list(allowed)}, {"type": "null"}]} if allowed else {"type": "null"}
