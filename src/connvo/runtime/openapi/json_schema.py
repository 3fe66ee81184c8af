"""JSON schemas of Python types, as OpenAPI 3.1 writes them.

Guarantees: the schema of an annotation accepts exactly what `signature` takes and what a result struct gives. Structs
become named components, each written once.
Does not know: functions, paths or HTTP.
"""

import inspect
import re
import types
from collections.abc import Mapping, Set
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

import msgspec

from connvo.kernel.errors import ERROR_TABLE, Internal
from connvo.kernel.ids import id_table

Schema: TypeAlias = dict[str, Any]

SIMPLE: dict[Any, str] = {str: "string", bool: "boolean", int: "integer", float: "number", types.NoneType: "null"}
BINARY: Schema = {"type": "string", "contentEncoding": "base64"}
REFERENCE = "#/components/schemas/"


class Schemas:
    """The schemas of annotations, and the components they refer to.

    `absent` are the words of enumerations that this deployment never returns.
    """

    def __init__(self, absent: Set[str] = frozenset()) -> None:
        self._absent = absent
        self.components: dict[str, Schema] = {}
        self._names: dict[type, str] = {}

    def of(self, annotation: object) -> Schema:
        """Return the schema of a type.

        Raises:
            TypeError: The type cannot cross the wire.
        """
        if annotation in SIMPLE or annotation is None:
            return {"type": SIMPLE.get(annotation, "null")}
        if annotation is Any or annotation is object:
            return {}
        if annotation is bytes:
            return dict(BINARY)
        if (table := id_table(annotation)) is not None:
            return {"type": "string", "x-idTable": table}
        if hasattr(annotation, "__supertype__"):
            return self.of(annotation.__supertype__)
        if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
            return self._reference(annotation)
        return self._generic(annotation)

    def member(self, annotation: object, required: bool, default: object) -> Schema:
        """Return the schema of an argument or field. An optional one is not null for that reason."""
        if required:
            return self.of(annotation)
        if default is None:
            return self.of(_without(annotation, types.NoneType))
        schema = self.of(_without(annotation, msgspec.UnsetType))
        return schema if default in (msgspec.UNSET, msgspec.NODEFAULT) else {**schema, "default": default}

    def _generic(self, annotation: object) -> Schema:
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            return self.of(arguments[0])
        if origin is Literal:
            return {"type": "string", "enum": [word for word in arguments if word not in self._absent]}
        if origin in (Union, types.UnionType):
            return self._union(arguments)
        if origin is list or (origin is tuple and arguments[1:] == (...,)):
            return {"type": "array", "items": self.of(arguments[0])}
        if origin is dict and arguments[0] is str:
            return {"type": "object", "additionalProperties": self.of(arguments[1])}
        raise TypeError(f"{annotation!r} cannot cross the wire")

    def _union(self, members: tuple[Any, ...]) -> Schema:
        schemas = [self.of(member) for member in members]
        if all(list(schema) == ["type"] for schema in schemas):
            return {"type": [schema["type"] for schema in schemas]}
        rest = [schema for schema in schemas if schema != {"type": "null"}]
        nullable = len(rest) < len(schemas)
        if nullable and len(rest) == 1 and isinstance(rest[0].get("type"), str) and "enum" not in rest[0]:
            return {**rest[0], "type": [rest[0]["type"], "null"]}
        return {"anyOf": [*rest, {"type": "null"}] if nullable else rest}

    def _reference(self, struct: type[msgspec.Struct]) -> Schema:
        name = self._names.get(struct)
        if name is None:
            name = self._names[struct] = self._free_name(struct)
            self.components[name] = {}  # reserved before its fields are visited: a struct may contain itself
            self.components[name] = self._object(struct)
        return {"$ref": REFERENCE + name}

    def _free_name(self, struct: type[msgspec.Struct]) -> str:
        parts = [part.capitalize() for part in struct.__module__.split(".")]
        name = struct.__name__
        while name in self.components:
            name = parts.pop() + name
        return name

    def _object(self, struct: type[msgspec.Struct]) -> Schema:
        properties: Schema = {}
        required: list[str] = []
        undocumented: frozenset[str] = getattr(struct, "undocumented", frozenset())
        for field in msgspec.structs.fields(struct):
            if field.name in undocumented:
                continue
            properties[field.encode_name] = self.member(field.type, field.required, field.default)
            if field.required:
                required.append(field.encode_name)
        schema = closed(properties, required)
        names = {field.name: field.encode_name for field in msgspec.structs.fields(struct)}
        return {"description": words(vars(struct).get("__doc__"), names), **schema}


def words(docstring: str | None, names: Mapping[str, str]) -> str:
    """Return a docstring for callers: names as on the wire, errors by their codes."""
    text = inspect.cleandoc(docstring or "")
    text = re.sub(r"`(\w+)`", lambda found: f"`{names.get(found[1], found[1])}`", text)
    return _ERROR_NAMES.sub(lambda found: f"`{_CODES[found[0]]}`", text)


# "Internal" is left out: it is an ordinary word, and no function documents it.
_CODES = {error.__name__: error.code for error in ERROR_TABLE if error is not Internal}
_ERROR_NAMES = re.compile(rf"\b(?:{'|'.join(_CODES)})\b")


def closed(properties: dict[str, Schema], required: list[str]) -> Schema:
    """Return the schema of an object with exactly these properties."""
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def _without(annotation: object, absent: type) -> Any:
    if get_origin(annotation) not in (Union, types.UnionType):
        return annotation
    kept = tuple(member for member in get_args(annotation) if member is not absent)
    return Union[kept]  # noqa: UP007 - the members are a tuple
