"""Workflows, hooks and forms of the repository can be read, and call make targets that exist."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from .tree import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
HOOKS = ROOT / ".pre-commit-config.yaml"
GUIDES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
TARGET = re.compile(r"^([a-z]+):", re.MULTILINE)
CALLED = re.compile(r"^make ([a-z]+)", re.MULTILINE)
SHOWN = re.compile(r"`make ([a-z]+)|^ {4}make ([a-z]+)", re.MULTILINE)
TARGETS = set(TARGET.findall((ROOT / "Makefile").read_text("utf-8")))


def load(path: Path) -> Any:
    """Return what a file says. YAML 1.1 reads the key `on` as true."""
    return yaml.safe_load(path.read_text("utf-8"))


def steps(workflow: Any) -> Iterator[dict[str, Any]]:
    """Yield the steps of all jobs."""
    for job in workflow["jobs"].values():
        yield from job["steps"]


def test_there_are_workflows_and_forms() -> None:
    assert WORKFLOWS
    assert FORMS


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_calls_make_targets_that_exist(path: Path) -> None:
    workflow = load(path)
    called = [target for step in steps(workflow) for target in CALLED.findall(step.get("run", ""))]
    assert len(called) >= len(workflow["jobs"]), "every job is a make target, so that anybody can run it"
    assert set(called) <= TARGETS


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_only_read_and_ends(path: Path) -> None:
    workflow = load(path)
    assert workflow["permissions"] == {"contents": "read"}
    assert all("timeout-minutes" in job and job["runs-on"] for job in workflow["jobs"].values())
    assert all(("uses" in step) != ("run" in step) for step in steps(workflow))


def test_the_quick_tests_run_on_every_python_that_is_promised() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    promised = {line.rsplit(" ", 1)[1] for line in project["classifiers"] if ":: Python :: 3." in line}
    tried = load(ROOT / ".github" / "workflows" / "checks.yml")["jobs"]["unit"]["strategy"]["matrix"]["python"]
    assert set(tried) == promised


def test_hooks_call_make_targets_that_exist() -> None:
    hooks = [hook for repository in load(HOOKS)["repos"] for hook in repository["hooks"]]
    called = [CALLED.findall(hook["entry"]) for hook in hooks]
    assert all(called)
    assert {target for targets in called for target in targets} <= TARGETS


@pytest.mark.parametrize("path", [path for path in FORMS if path.name != "config.yml"], ids=lambda path: path.name)
def test_a_form_asks_for_something(path: Path) -> None:
    form = load(path)
    assert form["name"] and form["description"]
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    assert any(field.get("validations", {}).get("required") for field in fields)
    assert len({field["id"] for field in fields}) == len(fields)
    assert all(field["attributes"]["label"] for field in fields)


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.name)
def test_a_guide_names_make_targets_that_exist(path: Path) -> None:
    shown = {name for names in SHOWN.findall(path.read_text("utf-8")) for name in names if name}
    assert shown <= TARGETS
