"""The sources are laid out so that a newcomer finds things: names, docstrings, tests beside them."""

import ast
import re
from pathlib import Path

import pytest

from .tree import ROOT, committed_files

PACKAGE = ROOT / "src" / "connvo"
VAGUE_NAMES = {"base_utils", "common", "helper", "helpers", "misc", "stuff", "util", "utils"}
UNFINISHED = re.compile(r"\b(?:TOD[O]|FIXM[E]|XX[X]|NotImplementedErro[r])\b")

# A package without a folder of tests of its own, and what tests it instead.
TESTED_ELSEWHERE = {
    "schema": "declarations only: every test of a function writes and reads them",
    "maintenance": "what it does is what commands say: tests/cli",
    "model/meetings": "every function about a meeting stands on it: tests/functions/meetings",
    "rules/insights/wordings": "lists and patterns only: tests/rules/insights try them in each language",
    "model/history": "members read it by functions: tests/functions/meetings/webrtc",
}

CODE = {".py", ".ts", ".tsx", ".css", ".html", ".js"}
MODULES = sorted(PACKAGE.rglob("*.py"))
PACKAGES = sorted(path.parent for path in MODULES if path.name == "__init__.py")
WEB = [ROOT / "web" / part / "src" for part in ("rtc", "app")]
SOURCES = MODULES + sorted(p for part in WEB for p in part.rglob("*") if p.suffix in CODE)


def name(path: Path) -> str:
    """Return the path as people write it."""
    return path.relative_to(ROOT).as_posix()


def undocumented(module: ast.Module) -> list[str]:
    """Return the public functions and classes without a docstring; `meaning = ...` documents an error class."""
    return [
        node.name
        for node in module.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not any(isinstance(mark, ast.Name) and mark.id == "overload" for mark in node.decorator_list)
        and not ast.get_docstring(node)
        and not any(isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "meaning" for line in node.body)
    ]


def test_nothing_is_left_unfinished() -> None:
    left = {name(path): UNFINISHED.findall(text) for path, text in committed_files() if path.suffix in CODE}
    assert {path: marks for path, marks in left.items() if marks} == {}


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_has_a_docstring(path: Path) -> None:
    module = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(module), "a module opens with what it owns, promises and must not know"
    assert undocumented(module) == []


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_is_named_after_one_thing(path: Path) -> None:
    noun = path.parent.name if path.stem == "__init__" else path.stem
    assert re.fullmatch(r"_{0,2}[a-z][a-z0-9]*(_[a-z0-9]+)*(__)?", noun)
    assert noun.strip("_") not in VAGUE_NAMES
    assert path.stem != path.parent.name, "a module named like its package hides it"


def test_every_folder_of_modules_is_a_package() -> None:
    assert {path.parent for path in MODULES} == set(PACKAGES), "without __init__.py its imports are not checked"


@pytest.mark.parametrize("path", PACKAGES, ids=name)
def test_tests_mirror_the_sources(path: Path) -> None:
    place = path.relative_to(PACKAGE)
    if place.as_posix() in TESTED_ELSEWHERE:
        return
    assert list((ROOT / "tests" / place).rglob("test_*.py")), f"tests/{place} has no tests of connvo.{place}"


def test_the_list_of_exceptions_is_true() -> None:
    for place in TESTED_ELSEWHERE:
        assert (PACKAGE / place).is_dir()
        assert not (ROOT / "tests" / place).exists()


def test_no_committed_file_names_a_place_on_one_machine() -> None:
    machine = re.compile(r"(?<![\w./:~-])/(?:home|root|Users|work|farm|tmp/[a-z]+)/[\w.]")
    named = {name(path): machine.findall(text) for path, text in committed_files()}
    assert {path: places for path, places in named.items() if places} == {}


API = sorted((PACKAGE / "functions").rglob("*.py"))
MODEL = sorted((PACKAGE / "model").rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Return the modules of ours that a module imports by their full names, and the names it imports of them."""
    found = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)]
    return {f"{node.module}.{alias.name}" for node in found if not node.level for alias in node.names}


@pytest.mark.parametrize("path", API, ids=name)
def test_the_api_is_public_functions_alone(path: Path) -> None:
    assert path.name == "__init__.py" or not path.name.startswith("_")
    assert [one for one in imported(path) if one.startswith("connvo.runtime.function.internal_")] == []


@pytest.mark.parametrize("path", API, ids=name)
def test_functions_never_import_each_other(path: Path) -> None:
    assert [one for one in imported(path) if one.startswith("connvo.functions.")] == []
    beside = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)]
    assert path.name == "__init__.py" or not any(node.level for node in beside), "only an index names its neighbours"


@pytest.mark.parametrize("path", MODEL, ids=name)
def test_the_model_has_no_public_function(path: Path) -> None:
    public = {f"connvo.runtime.function.{kind}" for kind in ("query", "mutation", "action")}
    assert public & imported(path) == set()
