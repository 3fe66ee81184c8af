"""The file tree is the API: a path is a file and a function, a package re-exports, and a leading underscore hides."""

import importlib
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest

from connvo.kernel.errors import Invalid, NotFound
from connvo.runtime.registry import Registry
from tests.support.host import SAMPLE

from .sample import notes
from .sample._jobs import tick
from .sample.rooms.door_bells import ring_bell

HEAD = "from connvo.runtime.function import *\nfrom connvo.runtime.function import internal_mutation\n"
FUNCTION = "@{decorator}\ndef {name}(ctx):\n    return None\n"


@pytest.fixture
def registry() -> Registry:
    return Registry(SAMPLE)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Writes a package of these modules; returns its name."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(**modules: str) -> str:
        name = f"made_for_{tmp_path.name}"
        (tmp_path / name).mkdir()
        for module, text in {"__init__": "", **modules}.items():
            (tmp_path / name / f"{module}.py").write_text(HEAD + text)
        importlib.invalidate_caches()
        return name

    return write


def paths(registry: Registry, internal: bool) -> set[str]:
    return {entry.path for entry in registry.functions() if entry.internal == internal}


def test_public_functions_are_found_by_module_and_name(registry: Registry) -> None:
    assert {"notes:listNotes", "notes:addNote", "rooms/doorBells:ringBell"} <= paths(registry, internal=False)
    assert "notes:helper" not in paths(registry, internal=False)


def test_a_function_re_exported_by_a_package_is_an_alias_of_the_original(registry: Registry) -> None:
    aliases = {entry.path: entry.alias_of for entry in registry.functions() if entry.alias_of}
    assert aliases == {"index:addNote": "notes:addNote", "rooms/index:ringBell": "rooms/doorBells:ringBell"}
    alias = registry.find("rooms/index:ringBell")
    assert alias and alias.function is ring_bell
    assert registry.registered(ring_bell).path == "rooms/doorBells:ringBell"
    assert ring_bell.path == "rooms/doorBells:ringBell"


def test_a_function_imported_for_use_is_no_alias(registry: Registry) -> None:
    assert registry.find("rooms/doorBells:addNote") is None
    assert registry.find("notes:writeNote") is None


def test_internal_functions_have_a_path_that_no_caller_may_use(registry: Registry) -> None:
    assert paths(registry, internal=True) == {
        "_jobs:writeNote",
        "_jobs:breakDown",
        "_jobs:measure",
        "_jobs:ring",
        "_jobs:breakEachTime",
        "_jobs:tick",
        "_jobs:sighted",
        "_jobs:registerSockets",
        "_jobs:expireNode",
        "_jobs:beginListening",
        "_jobs:workForMinutes",
        "_jobs:hangUp",
        "_jobs:telephone",
        "rooms/doorBells:countBells",
    }
    with pytest.raises(NotFound):
        registry.find_public("rooms/doorBells:countBells")


def test_a_public_function_is_found_for_its_kind_only(registry: Registry) -> None:
    assert registry.find_public("notes:listNotes").function is notes.list_notes
    assert registry.find_public("notes:listNotes", "query").kind == "query"
    with pytest.raises(Invalid, match="as Mutation, but it is defined as Query"):
        registry.find_public("notes:listNotes", "mutation")


def test_periodic_functions_are_listed_once(registry: Registry) -> None:
    assert [entry.path for entry in registry.periodic()] == ["_jobs:breakEachTime", "_jobs:tick"]
    assert tick.every == 60.0


def test_several_packages_stand_beside_each_other(package: Callable[..., str]) -> None:
    other = package(extra=FUNCTION.format(decorator="query", name="look"))
    registry = Registry(SAMPLE, other)
    assert registry.find("extra:look")
    assert registry.find("notes:listNotes")


def test_a_function_of_another_tree_has_no_entry(package: Callable[..., str]) -> None:
    with pytest.raises(KeyError):
        Registry(package()).registered(ring_bell)


def test_a_public_function_in_a_private_module_is_a_mistake(package: Callable[..., str]) -> None:
    name = package(_private=FUNCTION.format(decorator="mutation", name="leak"))
    with pytest.raises(TypeError, match="leak is public, but its module is private"):
        Registry(name)


def test_two_functions_of_one_path_are_a_mistake(package: Callable[..., str]) -> None:
    both = FUNCTION.format(decorator="query", name="look_up") + FUNCTION.format(decorator="query", name="lookUp")
    with pytest.raises(TypeError, match="two functions twice:lookUp"):
        Registry(package(twice=both))


def test_a_module_that_cannot_be_imported_stops_the_start(package: Callable[..., str]) -> None:
    with pytest.raises(ZeroDivisionError):
        Registry(package(broken="1 / 0"))


def test_only_internal_functions_run_by_the_clock(package: Callable[..., str]) -> None:
    name = package(clock="@every(5)\n" + FUNCTION.format(decorator="mutation", name="tick"))
    with pytest.raises(TypeError, match="only internal functions"):
        Registry(name)


@pytest.mark.parametrize(
    "text", ["@query\nasync def look(ctx):\n    return None\n", "@action\ndef act(ctx):\n    return None\n"]
)
def test_queries_are_plain_functions_and_actions_are_coroutines(package: Callable[..., str], text: str) -> None:
    with pytest.raises(TypeError, match="queries and mutations are `def`"):
        Registry(package(wrong=text))


def test_arguments_have_names(package: Callable[..., str]) -> None:
    with pytest.raises(TypeError, match="cannot be an argument"):
        Registry(package(vague="@query\ndef look(ctx, *names: str):\n    return None\n"))


@pytest.mark.parametrize(
    ("mark", "answer", "refused"),
    [
        ("", "Secret", True),
        ("", "list[Secret | None]", True),
        ("@unrecorded\n", "Secret", False),
        ("", "str", False),
    ],
)
def test_a_mutation_whose_receipt_would_hold_a_secret_is_a_mistake(
    mark: str, answer: str, refused: bool, package: Callable[..., str]
) -> None:
    text = f"from connvo.kernel.secret import Secret\n{mark}@mutation\ndef enter(ctx) -> {answer}:\n    return None\n"
    name = package(rooms=text)
    with pytest.raises(TypeError, match="rooms:enter returns a secret") if refused else nullcontext():
        Registry(name)


def test_a_server_finds_a_mistake_at_the_first_use_of_its_function_at_the_latest(package: Callable[..., str]) -> None:
    text = "from connvo.kernel.secret import Secret\n@mutation\ndef enter(ctx) -> Secret:\n    return None\n"
    registry = Registry(package(rooms=text), trusted=True)
    entry = registry.find_public("rooms:enter")
    for _ in range(2):
        with pytest.raises(TypeError, match="rooms:enter returns a secret"):
            _ = entry.signature
    with pytest.raises(TypeError, match="rooms:enter returns a secret"):
        registry.check()


def test_an_alias_has_the_signature_of_its_original() -> None:
    registry = Registry(SAMPLE, trusted=True)
    aliases = [entry for entry in registry.functions() if entry.original is not None]
    assert aliases
    for alias in aliases:
        assert alias.original is not None
        assert alias.signature is alias.original.signature
