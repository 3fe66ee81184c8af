"""No module is longer and no class larger than a reader can hold in mind, and each exception has its reason.

A class has the attributes that its own methods assign to `self`, and the fields that its body declares with a type,
except class variables. A class that only declares its fields is data (a struct, dataclass, named tuple or section of
settings): the contract of a table, result or setting decides how many it has, so only its methods are counted.
Inherited attributes and methods belong to the base class. Overloads of a method count once.

The exceptions are in the table of decision 0018. Delete a row there once its class is small enough: a row that no
longer applies fails too.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from .test_layout import MODULES, PACKAGE, SOURCES, name

MAX_LINES = 400
MAX_ATTRIBUTES = 12
MAX_METHODS = 20
DECISION = PACKAGE.parents[1] / "docs" / "decisions" / "0018-public-functions-stand-alone.md"
ROW = re.compile(r"^\| `(?P<name>[\w.]+)` \| (?P<reason>.+) \|$", re.MULTILINE)
DATA = {"Struct", "NamedTuple", "TypedDict", "Section"}
Method = ast.FunctionDef | ast.AsyncFunctionDef


class Size(NamedTuple):
    """The size of a class that was found in the sources."""

    name: str
    attributes: int
    methods: int

    @property
    def too_large(self) -> bool:
        """Return whether the class needs a reason."""
        return self.attributes > MAX_ATTRIBUTES or self.methods > MAX_METHODS


def last_name(node: ast.expr) -> str:
    """Return `c` of `a.b.c`, `c[T]` or `c(...)`."""
    if isinstance(node, ast.Subscript):
        return last_name(node.value)
    if isinstance(node, ast.Call):
        return last_name(node.func)
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def is_data(one: ast.ClassDef, data: set[str]) -> bool:
    """Return whether a class only declares fields, given the names of such classes."""
    return any(last_name(base) in data for base in one.bases) or "dataclass" in map(last_name, one.decorator_list)


def data_names(classes: list[ast.ClassDef]) -> set[str]:
    """Return the names of all data classes, whatever they derive from."""
    found = set(DATA)
    while new := {one.name for one in classes if one.name not in found and is_data(one, found)}:
        found |= new
    return found


def attributes(one: ast.ClassDef) -> set[str]:
    """Return what the methods assign to `self`, and what the body declares with a type."""
    declared = {
        line.target.id
        for line in one.body
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
        if last_name(line.annotation) != "ClassVar"
    }
    return declared | {
        node.attr
        for node in ast.walk(one)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and last_name(node.value) == "self"
    }


def methods(one: ast.ClassDef) -> list[str]:
    """Return the names of all methods, private and special ones too."""
    return [
        line.name
        for line in one.body
        if isinstance(line, Method) and "overload" not in map(last_name, line.decorator_list)
    ]


def sizes() -> Iterator[Size]:
    """Yield the size of every class of the product."""
    parsed = [(path, ast.parse(path.read_text("utf-8"))) for path in MODULES]
    found = [(path, one) for path, module in parsed for one in ast.walk(module) if isinstance(one, ast.ClassDef)]
    data = data_names([one for _, one in found])
    for path, one in found:
        place = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        count = 0 if is_data(one, data) else len(attributes(one))
        yield Size(f"{place}.{one.name}", count, len(methods(one)))


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_module_is_one_room(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MAX_LINES


def test_a_class_is_small_or_the_decision_log_says_why_not() -> None:
    reasons = {row["name"]: row["reason"].strip() for row in ROW.finditer(DECISION.read_text("utf-8"))}
    large = {size.name: size for size in sizes() if size.too_large}
    assert [size for size in large.values() if size.name not in reasons] == [], "split it, or give the reason"
    assert sorted(reasons.keys() - large.keys()) == [], "small enough now: delete these rows"
    assert all(reasons.values())


@pytest.mark.parametrize(
    ("source", "counted"),
    [
        ("class A:\n def f(self):\n  self.a = self.b = 1", (2, 1)),
        ("class A:\n def f(self):\n  self.a, self.b.c = 1, 2", (1, 1)),
        ("class A:\n a: int\n b: ClassVar[int]\n C = 3", (1, 0)),
        ("class A:\n def f(self):\n  self.a += 1\n def __len__(self): ...", (1, 2)),
        ("class A:\n @overload\n def f(self): ...\n @overload\n def f(self): ...\n def f(self): ...", (0, 1)),
    ],
)
def test_the_size_of_a_class_counts_its_attributes_and_methods(source: str, counted: tuple[int, int]) -> None:
    (one,) = ast.parse(source).body
    assert isinstance(one, ast.ClassDef)
    assert (len(attributes(one)), len(methods(one))) == counted


def test_a_class_is_data_through_any_of_its_bases() -> None:
    source = "class B(A): ...\nclass A(msgspec.Struct, frozen=True): ...\n@dataclass\nclass C: ...\nclass D(E): ..."
    classes = [one for one in ast.parse(source).body if isinstance(one, ast.ClassDef)]
    assert data_names(classes) - DATA == {"A", "B", "C"}
