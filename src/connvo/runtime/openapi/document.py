"""The OpenAPI 3.1 document of a registry: one POST path per public function, made of its signature alone.

Guarantees: describes of every function what `signature` enforces and its result struct lets out, with the names, tags
and operation ids of the documented API.
Does not know: how requests are served.
"""

import re
from collections.abc import Iterable, Set
from itertools import groupby
from typing import Protocol

from connvo.kernel.errors import ERROR_TABLE, REQUEST_ERRORS
from connvo.runtime.registry import RegisteredFunction
from connvo.runtime.signature import Signature

from .json_schema import REFERENCE, Schema, Schemas, closed, words

JSON = "application/json"
RUN = "/api/run/"
FORMATS = ["json", "convex_encoded_json"]
FAILURE = "FunctionFailure"
ERROR_DATA = "ErrorData"
PROBLEM = "Problem"
LOG_LINES: Schema = {"type": "array", "items": {"type": "string"}}

# A function has the first tag with a word that occurs in its path in lower case.
TAGS = (
    ("Users", ("user", "profile")),
    ("Meetings", ("meeting",)),
    ("Transcripts", ("transcript",)),
    ("Notes", ("note",)),
    ("Prompts", ("prompt",)),
    ("Insights", ("insight", "analytics")),
)
OTHER_TAG = "System"


class Functions(Protocol):
    """The source of the document: a registry, or anything that lists entries like it."""

    def functions(self) -> Iterable[RegisteredFunction]:
        """Return every entry."""
        ...


def document(registry: Functions, version: str, absent: Set[str] = frozenset()) -> Schema:
    """Return the document, ready for a JSON encoder, without internal functions and `absent` words."""
    schemas = Schemas(absent)
    schemas.components.update(_envelope_parts())
    public = [entry for entry in registry.functions() if not entry.internal]
    paths = {run_path(entry.path): {"post": _operation(entry, schemas)} for entry in public}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Connvo",
            "version": version,
            "description": "Typed functions behind `POST /api/run/{module}/{function}`. Times are milliseconds since "
            "1970; ids are opaque strings, each of one table.",
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in sorted({path["post"]["tags"][0] for path in paths.values()})],
        "security": [{"bearerAuth": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearerAuth": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            "responses": dict(_refusals()),
            "schemas": dict(sorted(schemas.components.items())),
        },
    }


def run_path(path: str) -> str:
    """Return the URL path of a function: `a/b:fn` -> `/api/run/a/b/fn`."""
    return RUN + path.replace(":", "/")


def operation_id(path: str) -> str:
    """Return the operation id of a function: `a/b:fn` -> `postApiRunABFn`."""
    return "post" + "".join(word[:1].upper() + word[1:] for word in re.split("[/:]", run_path(path)) if word)


def tag(path: str) -> str:
    """Return the tag of a function."""
    lowered = path.lower()
    return next((name for name, words in TAGS if any(word in lowered for word in words)), OTHER_TAG)


def arguments_schema(signature: Signature, schemas: Schemas) -> Schema:
    """Return the schema of a function's arguments object."""
    return closed(
        {a.wire_name: schemas.member(a.annotation, a.required, a.default) for a in signature.arguments},
        [a.wire_name for a in signature.arguments if a.required],
    )


def result_schema(signature: Signature, schemas: Schemas) -> Schema:
    """Return the schema of a function's result. The documented API calls "always null" a nullable string."""
    if signature.returns in (None, type(None)):
        return {"type": ["string", "null"], "x-alwaysNull": True}
    return schemas.of(signature.returns)


def _operation(entry: RegisteredFunction, schemas: Schemas) -> Schema:
    text = words(entry.handler.__doc__, {a.name: a.wire_name for a in entry.signature.arguments})
    first, _, description = text.partition("\n\n")
    if entry.alias_of is not None:
        description = f"{description}\n\nThe same function as `{entry.alias_of}`.".strip()
    request = {
        "type": "object",
        "required": ["args"],
        "properties": {
            "args": arguments_schema(entry.signature, schemas),
            "format": {"type": "string", "enum": FORMATS, "default": FORMATS[0]},
        },
    }
    success = closed(
        {"status": {"const": "success"}, "value": result_schema(entry.signature, schemas), "logLines": LOG_LINES},
        ["status", "value"],
    )
    return {
        "tags": [tag(entry.path)],
        "operationId": operation_id(entry.path),
        "summary": " ".join(first.split()),
        "description": description,
        "x-kind": entry.kind,
        "security": [{"bearerAuth": []}],
        "requestBody": {"required": True, "content": {JSON: {"schema": request}}},
        "responses": {
            "200": _response(
                "The result of the function, or its error.", {"oneOf": [success, {"$ref": REFERENCE + FAILURE}]}
            ),
            **{name[-3:]: {"$ref": f"#/components/responses/{name}"} for name, _ in _refusals()},
        },
    }


def _envelope_parts() -> dict[str, Schema]:
    words = {"type": "array", "items": {"type": "string"}}
    metadata_value = {"anyOf": [{"type": ["string", "number", "boolean"]}, words]}
    data = closed(
        {
            "code": {"type": "string", "enum": [error.code for error in ERROR_TABLE]},
            "message": {"type": "string"},
            "statusCode": {"type": "integer"},
            "metadata": {"type": "object", "additionalProperties": metadata_value},
        },
        ["code", "message", "statusCode"],
    )
    failure = closed(
        {
            "status": {"const": "error"},
            "errorMessage": {"type": "string"},
            "errorData": {"$ref": REFERENCE + ERROR_DATA},
            "logLines": LOG_LINES,
        },
        ["status", "errorMessage", "errorData"],
    )
    problem = closed({"code": {"type": "string"}, "message": {"type": "string"}}, ["code", "message"])
    return {ERROR_DATA: data, FAILURE: failure, PROBLEM: problem}


def _refusals() -> list[tuple[str, Schema]]:
    """Return the responses to requests that reach no function, one per status, in ascending order."""
    by_status = sorted((status, code) for code, (status, _) in REQUEST_ERRORS.items())
    return [
        (
            f"Refused{status}",
            _response(
                "; ".join(f"`{code}`: {REQUEST_ERRORS[code][1]}" for _, code in group),
                {"$ref": REFERENCE + PROBLEM},
            ),
        )
        for status, group in groupby(by_status, key=lambda item: item[0])
    ]


def _response(description: str, schema: Schema) -> Schema:
    return {"description": description, "content": {JSON: {"schema": schema}}}
