"""Write the reference pages of `docs/` from the code: errors, settings, functions and data.

Run it after changing one of these: `python scripts/generate_docs.py`. The tests compare its pages with the committed
ones.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import connvo.functions
import connvo.model
import connvo.runtime.jobs.tables
from connvo.kernel.errors import ERROR_TABLE, REQUEST_ERRORS
from connvo.model import access
from connvo.runtime.function import Function, SharedQuery
from connvo.runtime.openapi.document import document, run_path
from connvo.runtime.registry import RegisteredFunction, Registry
from connvo.settings import setting_rows
from connvo.store.schema import DataPolicy, Document, tables

DOCS = Path(__file__).resolve().parent.parent / "docs"
ONE_LINE = 100
PROGRAM = "connvo."

ERRORS = """\
A function that fails is answered with HTTP 200 and `{status: "error", errorMessage, errorData}`, where `errorData` is
`{code, message, statusCode, metadata?}`. It leaves no trace in the data. The message says what to change and may be
reworded; the code is stable."""

SETTINGS = """\
Every setting is an environment variable with a default. Times are in seconds and sizes in bytes, unless the text says
otherwise. `connvo serve` warns of a variable that starts with `CONNVO_` and is not listed here."""

DATA = """\
Every table with its retention, and the effect of `connvo erase` on a user's rows. The database also keeps a log of its
commits for an hour (`CONNVO_STORE_LOG_RETENTION_SECONDS`). See [data retention](operating.md#data-retention) and
[erasing a person](operating.md#erasing-a-person)."""

FUNCTIONS = """\
Call `module:function` with `POST /api/run/module/function` and `{"args": {…}}`; see [protocol.md](protocol.md).
`name?` is optional. `Id<table>` is the text of an id. Times are milliseconds since 1970. A refused caller gets one of
the [errors](errors.md); a deactivated account is refused everywhere."""

# The callers that pass a guard, by the guard's name; for `require_role`, by its role. The strictest come last.
ANYONE = "anyone"
WHO = {
    "require_identity": "anyone with a token",
    "require_user": "signed-in users",
    "require_owner_or_admin": "the user, or an admin of the same organisation",
    "require_member": "members of the meeting",
    "participant": "hosts and participants of the meeting, not observers",
    "host": "hosts of the meeting",
}


def pages() -> dict[str, str]:
    """Return every generated page by its file name in `docs/`."""
    return {
        "errors.md": errors_page(),
        "settings.md": settings_page(),
        "functions.md": functions_page(),
        "data.md": data_page(),
    }


def errors_page() -> str:
    """Return the table of error codes."""
    functions = [(f"`{error.code}`", str(error.status), error.meaning) for error in ERROR_TABLE]
    requests = [(f"`{code}`", str(status), text) for code, (status, text) in REQUEST_ERRORS.items()]
    return page(
        "Errors",
        ERRORS,
        table(("code", "statusCode", "meaning"), functions),
        "## Requests that reach no function",
        "These are answered with their HTTP status and `{code, message}`. A browser that asks for HTML at an unknown"
        " address, or with a wrong method, gets the web page with that status instead.",
        table(("code", "status", "meaning"), requests),
    )


def data_page() -> str:
    """Return every table with its retention."""
    declared = [one for one in tables() if one.document.__module__.startswith(PROGRAM)]
    rows = [(f"`{one.name}`", _summary(one.document), one.policy.retention, _erased(one.policy)) for one in declared]
    return page("Data", DATA, table(("table", "a row", "kept", "when its user is erased"), rows))


def _summary(document: type[Document]) -> str:
    return inspect.cleandoc(document.__doc__ or "").split("\n\n")[0]


def _erased(policy: DataPolicy) -> str:
    if policy.owner is None:
        return "has no owner"
    if policy.owner == "id":
        return "anonymised: shared records refer to it"
    effects = {
        "deleted": "deleted",
        "kept": "kept: the id identifies no one after the erasure",
        "emptied": "kept without the user",
    }
    return effects[policy.erasure]


def settings_page() -> str:
    """Return every environment variable with its default."""
    parts = [SETTINGS]
    for section, rows in groupby(setting_rows(), key=lambda row: row.section):
        cells = [(f"`{row.variable}`", f"`{row.default}`" if row.default else "none", row.description) for row in rows]
        parts += [f"## {section.rstrip('.')}", table(("variable", "default", "meaning"), cells)]
    return page("Settings", *parts)


def functions_page() -> str:
    """Return every public function: kind, who may call it, arguments, result."""
    registry = Registry(connvo.functions, connvo.model)
    described = document(registry, "")
    public = [entry for entry in registry.functions() if not entry.internal]
    parts = [FUNCTIONS]
    module = ""
    for entry in public:
        where, _, name = entry.path.rpartition(":")
        if where != module:
            parts.append(f"## {where}")
            module = where
        operation = described["paths"][run_path(entry.path)]["post"]
        parts.append(f"### {where}:{name}")
        parts += alias(entry) if entry.alias_of else function(entry, name, operation)
    return page("Functions", *parts, *shapes(described["components"]["schemas"]))


def alias(entry: RegisteredFunction) -> list[str]:
    """Return the text of an alias."""
    return [f"The same as `{entry.alias_of}`."]


def function(entry: RegisteredFunction, name: str, operation: dict[str, Any]) -> list[str]:
    """Return the text of a function."""
    request = operation["requestBody"]["content"]["application/json"]["schema"]["properties"]["args"]
    success = operation["responses"]["200"]["content"]["application/json"]["schema"]["oneOf"][0]
    members = [member(key, schema, key in request["required"]) for key, schema in request["properties"].items()]
    result = type_text(success["properties"]["value"])
    call = f"{name}({', '.join(members)}) → {result}"
    if len(call) > ONE_LINE:
        call = "\n".join([f"{name}(", *(f"  {line}," for line in members), f") → {result}"])
    text = "\n\n".join(filter(None, [operation["summary"], operation["description"]]))
    return [f"{entry.kind.capitalize()}, for {who(entry.function)}.", text, f"```\n{call}\n```"]


def shapes(components: dict[str, Any]) -> Iterator[str]:
    """Yield the text of every shape that the functions name."""
    yield "## Shapes"
    for name, schema in components.items():
        lines = [f"  {member(key, inner, key in schema['required'])}" for key, inner in schema["properties"].items()]
        yield f"### {name}"
        yield from filter(None, [schema.get("description")])
        yield "\n".join(["```", "{", *lines, "}", "```"])


def member(name: str, schema: dict[str, Any], required: bool) -> str:
    """Return an argument or field with its type."""
    return f"{name}{'' if required else '?'}: {type_text(schema)}"


def type_text(schema: dict[str, Any]) -> str:
    """Return a schema in the notation of TypeScript."""
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[1])
    if schema.get("x-alwaysNull"):
        return "null"
    if "anyOf" in schema:
        return " | ".join(type_text(inner) for inner in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return " | ".join(f'"{value}"' for value in schema.get("enum", [schema.get("const")]))
    kinds = schema.get("type", "any")
    return " | ".join(kind_text(kind, schema) for kind in (kinds if isinstance(kinds, list) else [kinds]))


def kind_text(kind: str, schema: dict[str, Any]) -> str:
    """Return one of the types that a schema allows."""
    if kind == "array":
        inner = type_text(schema["items"])
        return f"({inner})[]" if " | " in inner else f"{inner}[]"
    if kind == "object":
        return f"{{[name]: {type_text(schema['additionalProperties'])}}}"
    if kind == "string" and "x-idTable" in schema:
        return f"Id<{schema['x-idTable']}>"
    return "number" if kind == "integer" else kind


def who(target: Any) -> str:
    """Return the callers that a function admits."""
    guards = guards_of(target, frozenset())
    return next((text for guard, text in reversed(WHO.items()) if guard in guards), ANYONE)


def guards_of(target: Any, seen: frozenset[Any]) -> set[str]:
    """Return the guards that a function calls, or else those of the first function it calls that has some."""
    if isinstance(target, SharedQuery):
        return guards_of(target.guard.check, seen)
    handler = target.handler if isinstance(target, Function) else target
    if handler in seen:
        return set()
    found: list[tuple[Any, ast.Call]] = []
    for call in calls(ast.parse(textwrap.dedent(inspect.getsource(handler)))):
        found += [(resolve(name, handler.__globals__), call) for name in [call.func, *call.args[:1]]]
    guards = {guard for callee, call in found if (guard := guard_of(callee, call)) is not None}
    inner = (guards_of(callee, seen | {handler}) for callee, _ in found if is_ours(callee))
    return guards or next(filter(None, inner), set())


def guard_of(callee: Any, call: ast.Call) -> str | None:
    """Return the name that a guard has in `WHO`, or None when this is not the call of a guard."""
    if getattr(callee, "__module__", None) != access.__name__:
        return None
    names = [callee.__name__, *(argument.value for argument in call.args if isinstance(argument, ast.Constant))]
    return next((name for name in names if name in WHO), None)


def calls(tree: ast.AST) -> list[ast.Call]:
    """Return the calls in a piece of code, in source order."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return sorted(found, key=lambda node: (node.lineno, node.col_offset))


def resolve(node: ast.expr, names: dict[str, Any]) -> Any:
    """Return the value of a name or a dotted name in a module, or None."""
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        return getattr(resolve(node.value, names), node.attr, None)
    return None


def is_ours(found: Any) -> bool:
    """Return whether this is a function of the API or of the model."""
    if isinstance(found, Function):
        return True
    return inspect.isfunction(found) and found.__module__.startswith((connvo.functions.__name__, connvo.model.__name__))


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def page(title: str, *parts: str) -> str:
    """Return a whole page."""
    note = "<!-- Generated by scripts/generate_docs.py from the code: change it there. -->"
    return "\n\n".join([note, f"# {title}", *parts]) + "\n"


if __name__ == "__main__":
    for file_name, text in pages().items():
        (DOCS / file_name).write_text(text, "utf-8")
