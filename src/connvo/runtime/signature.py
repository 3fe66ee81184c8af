"""The arguments and the result of a function, read from its Python signature, the only statement of the contract.

Arguments are converted by a struct made of the signature: wrong types, missing and unknown arguments are
refused with the argument's name, and every id is checked to be a well-formed id of its table.
"""

import inspect
import re
import types
from collections.abc import Callable
from typing import Annotated, Any, Literal, NotRequired, Required, Union, Unpack, get_args, get_origin, get_type_hints

import msgspec

from connvo.kernel.errors import FunctionError, Invalid
from connvo.kernel.ids import id_table
from connvo.kernel.names import camel
from connvo.kernel.secret import holds_secret
from connvo.kernel.values import InvalidValue, decode
from connvo.store.schema import table_named

from .normalization import normalizer, plain
from .results import is_simple
from .wire import PaginationOptions

# An integer that the wire may round to a 64-bit float. A match inside a string only costs the slow path.
_LONG_NUMBER = re.compile(rb"[:,\[]\s*-?\d{16}")

IdCheck = Callable[[Any, str], None]


class Argument(msgspec.Struct, frozen=True):
    """One argument. `default` is meaningful when not `required`."""

    name: str
    wire_name: str
    annotation: Any
    required: bool
    default: Any = None


class Signature:
    """The arguments and the result of a function, and the conversion of a call's arguments.

    `simple`: its results look the same in plain and in exact JSON. `secret`: they can hold secrets. `paged`: it takes
    pagination options.
    """

    __slots__ = (
        "arguments",
        "paged",
        "returns",
        "secret",
        "simple",
        "_struct",
        "_checks",
        "_normal",
        "_names",
        "_decode",
    )

    def __init__(self, handler: Callable[..., Any]) -> None:
        hints = get_type_hints(handler, include_extras=True)
        self.returns: Any = hints.pop("return", type(None))
        parameters = _parameters(handler, hints)
        self.arguments = [_argument(parameter, hints) for parameter in parameters]
        self.simple = is_simple(self.returns)
        self.secret = holds_secret(self.returns)
        self.paged = any(map(_is_pagination, hints.values()))
        self._names = [argument.name for argument in self.arguments]
        self._normal = {name: found for name in self._names if (found := normalizer(hints[name])) is not None}
        self._struct = msgspec.defstruct(
            "Arguments",
            [_field(argument) for argument in self.arguments],
            rename={argument.name: argument.wire_name for argument in self.arguments},
            forbid_unknown_fields=True,
            kw_only=True,
            frozen=True,
        )
        closed = all(_is_closed(argument.annotation) for argument in self.arguments)
        self._decode = _decoder(self._struct) if closed else None
        self._checks = [
            (argument.name, argument.wire_name, check)
            for argument in self.arguments
            if (check := id_check(argument.annotation)) is not None
        ]

    def read(self, text: bytes | msgspec.Raw) -> dict[str, object] | None:
        """Return the keyword arguments of a call straight from the wire's exact JSON, `{...}` or `[{...}]`.

        Return None where the slow path has to decide, `decode_arguments` and `convert`: it finds the fault, if there
        is one.
        """
        if self._decode is None or _LONG_NUMBER.search(text):
            return None
        try:
            values = self._decode(text)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        return self._checked(values[0] if type(values) is tuple else values)

    def convert(self, arguments: object) -> dict[str, object]:
        """Return the keyword arguments of a call.

        Raises:
            Invalid: An argument is missing, unknown, or of the wrong type; the error names it.
        """
        try:
            return self._checked(msgspec.convert(arguments, self._struct))
        except msgspec.ValidationError as error:
            raise invalid_arguments(error) from None

    def parse(self, text: bytes) -> dict[str, object]:
        """Return the keyword arguments of a call from exact JSON `{...}`, by the fast path if possible.

        Raises:
            Invalid: An argument is missing, unknown, or of the wrong type; the error names it.
            InvalidValue: The JSON is not exact JSON.
        """
        arguments = self.read(text)
        return self.convert(decode(msgspec.json.decode(text))) if arguments is None else arguments

    def canonical(self, text: bytes) -> bytes:
        """Return exact JSON `{...}` in a canonical form, equal for all arguments that the function cannot tell apart.

        Invalid arguments, and those whose JSON can be read in more than one way, stay as they are.
        """
        if self._decode is None:
            return text
        try:
            arguments = self.parse(text)
            form = msgspec.json.encode({one.wire_name: arguments[one.name] for one in self.arguments})
            return form if self.read(form) == arguments else text
        except (FunctionError, InvalidValue, msgspec.MsgspecError, UnicodeError, RecursionError):
            return text

    def _checked(self, values: Any) -> dict[str, object]:
        for name, wire_name, check in self._checks:
            check(getattr(values, name), wire_name)
        arguments = {name: getattr(values, name) for name in self._names}
        for name, normalize in self._normal.items():
            arguments[name] = normalize(arguments[name])
        return arguments


def _parameters(handler: Callable[..., Any], hints: dict[str, object]) -> list[inspect.Parameter]:
    """Return the parameters behind the context, and add those that `**more: Unpack[TheirTypedDict]` stands for."""
    found: list[inspect.Parameter] = []
    for parameter in list(inspect.signature(handler).parameters.values())[1:]:
        if parameter.kind is not parameter.VAR_KEYWORD or get_origin(hints[parameter.name]) is not Unpack:
            found.append(parameter)
            continue
        (fields,) = get_args(hints.pop(parameter.name))
        for name, annotation in get_type_hints(fields, include_extras=True).items():
            is_marked = get_origin(annotation) in (Required, NotRequired)
            hints[name] = get_args(annotation)[0] if is_marked else annotation
            default = parameter.empty if name in fields.__required_keys__ else None
            found.append(inspect.Parameter(name, parameter.KEYWORD_ONLY, default=default))
    return found


def _is_pagination(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, PaginationOptions)


def _decoder(struct: Any) -> Callable[[bytes | msgspec.Raw], Any]:
    return msgspec.json.Decoder(Union[struct, tuple[struct]]).decode  # noqa: UP007


def _is_closed(annotation: object) -> bool:
    """Return whether plain JSON of a type is its exact JSON, too: strings, numbers, and structs and lists of those.

    All names are then fields of the type, so no wrapper of the wire and no forbidden name can occur.
    """
    if annotation in (str, bool, int, float, type(None), None, msgspec.UnsetType):
        return True
    if hasattr(annotation, "__supertype__"):
        return _is_closed(annotation.__supertype__)
    origin, members = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return all(type(value) is str for value in members)
    if origin in (Union, types.UnionType, list):
        return all(map(_is_closed, members))
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        hints = get_type_hints(annotation)
        forbids = annotation.__struct_config__.forbid_unknown_fields
        return forbids and all(_is_closed(hints[field]) for field in annotation.__struct_fields__)
    return False


def invalid_arguments(error: msgspec.ValidationError) -> Invalid:
    """Return the error that callers get for arguments of the wrong shape."""
    text, _, path = str(error).partition(" - at `$")
    field = path.rstrip("`").removeprefix(".")
    quoted = text.split("`")
    if "missing required field" in text or "unknown field" in text:
        name = quoted[1]
        field = f"{field}.{name}" if field else name
        verb = "is missing" if "missing" in text else "is not known"
        return Invalid(f"ArgumentValidationError: the argument `{field}` {verb}", field)
    where = f"the argument `{field}`" if field else "the arguments"
    return Invalid(f"ArgumentValidationError: {where}: {text[:1].lower()}{text[1:]}", field or None)


def id_check(annotation: object) -> IdCheck | None:
    """Return a check that every id in a value is of its table, or None when the type has no ids."""
    table = id_table(annotation)
    if table is not None:
        return _check_one(table)
    origin = get_origin(annotation)
    if origin is Annotated:
        return id_check(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        inner = [check for member in get_args(annotation) if (check := id_check(member)) is not None]
        if len(inner) > 1:
            raise TypeError(f"{annotation}: at most one member of a union may hold ids")
        return _check_optional(inner[0]) if inner else None
    if origin in (list, tuple, set, frozenset):
        member = id_check(get_args(annotation)[0])
        return _check_each(member) if member else None
    if origin is dict:
        member = id_check(get_args(annotation)[1])
        return _check_values(member) if member else None
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        hints = get_type_hints(annotation, include_extras=True)
        fields = [
            (field.name, field.encode_name, check)
            for field in msgspec.structs.fields(annotation)
            if (check := id_check(hints[field.name])) is not None
        ]
        return _check_struct(fields) if fields else None
    return None


def _check_one(table_name: str) -> IdCheck:
    def check(value: Any, where: str) -> None:
        if not table_named(table_name).owns_id(value):
            shown = value if len(value) <= 64 else value[:61] + "..."
            raise Invalid(
                f"ArgumentValidationError: `{where}`: {shown!r} is not an id of the table {table_name}",
                where,
                table=table_name,
            )

    return check


def _check_optional(inner: IdCheck) -> IdCheck:
    def check(value: Any, where: str) -> None:
        if value is not None and value is not msgspec.UNSET:
            inner(value, where)

    return check


def _check_each(inner: IdCheck) -> IdCheck:
    def check(value: Any, where: str) -> None:
        for position, item in enumerate(value):
            inner(item, f"{where}[{position}]")

    return check


def _check_values(inner: IdCheck) -> IdCheck:
    def check(value: Any, where: str) -> None:
        for name, item in value.items():
            inner(item, f"{where}.{name}")

    return check


def _check_struct(fields: list[tuple[str, str, IdCheck]]) -> IdCheck:
    def check(value: Any, where: str) -> None:
        for name, wire_name, inner in fields:
            inner(getattr(value, name), f"{where}.{wire_name}")

    return check


def _argument(parameter: inspect.Parameter, hints: dict[str, object]) -> Argument:
    if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
        raise TypeError(f"{parameter} cannot be an argument of the wire")
    required = parameter.default is parameter.empty
    return Argument(
        parameter.name,
        camel(parameter.name),
        plain(hints[parameter.name]),
        required,
        None if required else parameter.default,
    )


def _field(argument: Argument) -> tuple[str, Any] | tuple[str, Any, Any]:
    if argument.required:
        return (argument.name, argument.annotation)
    return (argument.name, argument.annotation, argument.default)
