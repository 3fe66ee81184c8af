"""The lock files install with plain pip, from any registry, and only what was seen when they were made."""

import re
import tomllib

import pytest

from .tree import ROOT

LOCKS = ["runtime", "captions", "embeddings", "dev"]


def pins(lock: str) -> dict[str, str]:
    """Return the requirement lines of a lock by distribution, each with its hashes."""
    text = (ROOT / "requirements" / f"{lock}.txt").read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {re.split(r"[=;\s]", line, maxsplit=1)[0]: line for line in lines}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_version_and_hashes(lock: str) -> None:
    for line in pins(lock).values():
        assert re.match(r"[a-z0-9-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line), line


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_registry(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text("utf-8")
    assert not re.search(r"://|--index|--extra-index|--find-links|^-", text, re.MULTILINE)


def test_tests_run_on_the_versions_of_the_runtime() -> None:
    dev = {name: line.split(";")[0].split("--hash")[0].strip() for name, line in pins("dev").items()}
    runtime = {name: line.split(";")[0].split("--hash")[0].strip() for name, line in pins("runtime").items()}
    captions = {name: line.split(";")[0].split("--hash")[0].strip() for name, line in pins("captions").items()}
    embeddings = {name: line.split(";")[0].split("--hash")[0].strip() for name, line in pins("embeddings").items()}
    assert runtime.items() | captions.items() | embeddings.items() <= dev.items()


def test_the_dependencies_of_the_project_are_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = project["dependency-groups"]
    wanted = {
        "runtime": project["project"]["dependencies"] + groups["build"],
        "captions": project["project"]["optional-dependencies"]["captions"],
        "embeddings": [
            need for extra in ("embeddings", "matching") for need in project["project"]["optional-dependencies"][extra]
        ],
        "dev": project["project"]["optional-dependencies"]["demo"] + groups["dev"],
    }
    for lock, needs in wanted.items():
        assert {re.split(r"[\[<>=]", need)[0] for need in needs} <= pins(lock).keys()


def test_no_lock_with_addresses_is_kept() -> None:
    assert not (ROOT / "uv.lock").exists()
