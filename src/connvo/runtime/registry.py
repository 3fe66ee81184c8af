"""The functions of the API, by the paths of their files: `functions/a/b.py: do_it` is `a/b:doIt`.

A package's `__init__` is the wire's `index`; a public function it re-exports is an alias of the original. Internal
functions belong to a package of their own, or to modules whose name starts with `_`.
"""

import importlib
import pkgutil
from types import ModuleType
from typing import Any

from connvo.kernel.errors import Invalid, NotFound
from connvo.kernel.names import camel

from .function import Function, Kind
from .references import FunctionReference
from .signature import Signature

INDEX = "index"


class RegisteredFunction:
    """A path of the wire and its function. `original` is the entry that this one is an alias of."""

    __slots__ = ("path", "function", "original", "_signature")

    def __init__(
        self, path: str, function: Function[..., object], original: "RegisteredFunction | None" = None
    ) -> None:
        self.path = path
        self.function = function
        self.original = original
        self._signature: Signature | None = None

    @property
    def alias_of(self) -> str | None:
        """The path of the original if this is an alias."""
        return None if self.original is None else self.original.path

    @property
    def signature(self) -> Signature:
        """Its arguments and its result, read from the Python function at the first use.

        Raises:
            TypeError: The function is declared wrongly.
        """
        if self._signature is None:
            self._signature = self._read_signature() if self.original is None else self.original.signature
        return self._signature

    def _read_signature(self) -> Signature:
        signature = Signature(self.function.handler)
        # An idempotency record would hold the secret.
        if signature.secret and self.kind == "mutation" and not self.internal and self.function.recorded:
            raise TypeError(
                f"{self.path} returns a secret, which an idempotency record would store: mark it `@unrecorded`"
            )
        return signature

    @property
    def kind(self) -> Kind:
        """Query, mutation or action."""
        return self.function.kind

    @property
    def internal(self) -> bool:
        """Whether only the server itself may call it."""
        return self.function.internal

    @property
    def handler(self) -> Any:
        """The Python function."""
        return self.function.handler


class Registry:
    """Every function by its path. The packages share one namespace of paths.

    Reading all signatures takes as long as importing all functions. With `trusted`, each is read at the first use of
    its function: for a server, whose functions were all read by its tests.

    Raises:
        TypeError: A function is declared wrongly.
    """

    def __init__(self, *packages: str | ModuleType, trusted: bool = False) -> None:
        self._entries: dict[str, RegisteredFunction] = {}
        self._originals: dict[object, RegisteredFunction] = {}
        for package in packages:
            self._register(importlib.import_module(package) if isinstance(package, str) else package)
        if not trusted:
            self.check()

    def check(self) -> None:
        """Read every signature.

        Raises:
            TypeError: A function is declared wrongly.
        """
        for entry in self._entries.values():
            entry.signature  # noqa: B018 -- reading it is the check

    def find(self, path: str) -> RegisteredFunction | None:
        """Return the entry of a canonical path (`module:function`), or None."""
        return self._entries.get(path)

    def find_public(self, path: str, kind: Kind | None = None) -> RegisteredFunction:
        """Return the entry of a path that callers may use.

        Raises:
            NotFound: The path has no function, or an internal one.
            Invalid: The function is of another kind.
        """
        entry = self._entries.get(path)
        if entry is None or entry.internal:
            raise NotFound(f"Could not find public function for '{path}': function")
        if kind is not None and kind != entry.kind:
            wanted, is_kind = kind.capitalize(), entry.kind.capitalize()
            raise Invalid(f"Trying to execute {path} as {wanted}, but it is defined as {is_kind}.", kind=entry.kind)
        return entry

    def registered(self, function: Function[..., object] | FunctionReference[..., object]) -> RegisteredFunction:
        """Return the original entry of a function.

        Raises:
            KeyError: The function is in no module of the packages.
        """
        return self._originals[function]

    def functions(self) -> list[RegisteredFunction]:
        """Return every entry, aliases and internal ones too, ordered by path."""
        return sorted(self._entries.values(), key=lambda entry: entry.path)

    def periodic(self) -> list[RegisteredFunction]:
        """Return the periodic functions."""
        return [entry for entry in self.functions() if entry.function.every is not None and entry.alias_of is None]

    def _register(self, root: ModuleType) -> None:
        modules = [root] + [
            importlib.import_module(found.name) for found in pkgutil.walk_packages(root.__path__, root.__name__ + ".")
        ]
        for module in modules:
            self._register_own(root.__name__, module)
        for module in modules:
            self._register_aliases(root.__name__, module)

    def _register_own(self, root: str, module: ModuleType) -> None:
        for name, function in _functions_in(module):
            if function.module != module.__name__:
                continue
            where = _wire_module(root, module)
            if _is_private(where) and not function.internal:
                raise TypeError(f"{module.__name__}.{name} is public, but its module is private")
            entry = RegisteredFunction(f"{where}:{camel(name)}", function)
            function.path = entry.path
            self._add(entry)
            self._originals[function] = entry

    def _register_aliases(self, root: str, module: ModuleType) -> None:
        where = _wire_module(root, module)
        if not hasattr(module, "__path__") or _is_private(where):
            return
        for name, function in _functions_in(module):
            if function.module != module.__name__ and not function.internal:
                original = self._originals[function]
                self._add(RegisteredFunction(f"{where}:{camel(name)}", function, original))

    def _add(self, entry: RegisteredFunction) -> None:
        if self._entries.setdefault(entry.path, entry) is not entry:
            raise TypeError(f"there are two functions {entry.path}")


def _functions_in(module: ModuleType) -> list[tuple[str, Function[..., object]]]:
    return [(name, value) for name, value in vars(module).items() if isinstance(value, Function)]


def _wire_module(root: str, module: ModuleType) -> str:
    parts = module.__name__.removeprefix(root).strip(".").split(".")
    wire = [part if part.startswith("_") else camel(part) for part in parts if part]
    if hasattr(module, "__path__"):
        wire.append(INDEX)
    return "/".join(wire)


def _is_private(wire_module: str) -> bool:
    return any(part.startswith("_") for part in wire_module.split("/"))
