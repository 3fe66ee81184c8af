"""Fixtures that every test may use."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from connvo.providers.reports import process
from connvo.runtime import deferred_audit
from connvo.settings import Settings

from .support import dose, outside, postgres
from .support.backend import Backend
from .support.computing import output_here
from .support.live import OVERLOAD
from .support.store import MakeEngine, sqlite

# Browsers, networks and several servers at a time: on a machine without a free core one may miss what it waits for.
# Such a test has a second try, which the report tells of and which is to be looked at: a race may hide there.
CROWDED = {"browser", "call", "cluster", "contrib", "network", "protocol"}
# One cluster and one pair of browsers at a time are enough for any machine: the tests of such a folder have one worker.
TOGETHER = {"browser", "cluster"}
# The tests of such a file share a process that takes seconds to load a model.
SHARING = {"tests/providers/speech/test_moonshine.py"}
WHOLE_EXAMPLES = 100
FOLDER = Path(__file__).parent
# Every commit waits for the disk, which takes long where it is a slow one. No test looks at what a power
# cut leaves, so their folders are in memory where the machine has enough of it.
MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 4 * 1024**3
NEVER_SECONDS = 1e6
PLACE = "PYTEST_DEBUG_TEMPROOT"


def pytest_configure() -> None:
    """Put the folders of tests in memory, and set how many examples tests generate.

    None is judged by its time: a busy machine is no fault.
    """
    # Tests that are not about the embedded model start no process for it.
    os.environ.setdefault("CONNVO_EMBEDDING_ENGINE", "lexical")
    # Neither a full nor a slow machine makes a server of a test refuse calls.
    os.environ.setdefault(OVERLOAD, "queue")
    if PLACE not in os.environ and _has_room(MEMORY):
        os.environ[PLACE] = str(MEMORY)
    # Events that are noted after their calls would appear in the middle of a later one: a test asks for them.
    deferred_audit.FLUSH_SECONDS = NEVER_SECONDS
    settings.register_profile("here", deadline=None, print_blob=True, max_examples=outside.examples(WHOLE_EXAMPLES))
    settings.load_profile("here")


class Together(LoadScopeScheduling):  # type: ignore[misc] # it has no types
    """Gives tests to workers one by one, but all of a group to one.

    pytest-xdist 3.8 writes the mark for that into ids, where pytest 9.2 does not look any more.
    """

    def _split_scope(self, nodeid: str) -> str:
        folder, file = nodeid.split("/")[1], nodeid.partition("::")[0]
        if file in SHARING:
            return file
        if folder in TOGETHER:
            return folder
        return "hostile nodes" if folder == "hostile" and "[nodes" in nodeid else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together | None:
    """Replace the scheduler that does not find its groups."""
    return Together(config, log) if config.getvalue("dist") == "loadgroup" else None


def _has_room(folder: Path) -> bool:
    """Return whether a folder is there, has room, and may hold programs, which some tests write."""
    return (
        os.access(folder, os.W_OK)
        and not os.statvfs(folder).f_flag & os.ST_NOEXEC
        and shutil.disk_usage(folder).free >= ENOUGH_BYTES
    )


def pytest_report_header() -> str | None:
    """Say what is left out."""
    if not outside.left_out():
        return None
    return f"without servers, browsers, root and Node.js; a 1/{outside.SHARE} of generated examples"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests were left out, by what they need."""
    if outside.left_out() and (lines := outside.summary(terminalreporter.stats.get("skipped", []))):
        terminalreporter.section("left out")
        for line in lines:
            terminalreporter.write_line(line)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what runs elsewhere, and give the tests that need many processes at once a second try."""
    dose.leave_out(config, items)
    outside.skip(items, "postgres", postgres.NAME)
    for item in items:
        if item.path.relative_to(FOLDER).parts[0] in CROWDED:
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture
def make_backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Backend]]:
    """Makes backends with sections of settings of one's own; each on its own database."""
    monkeypatch.setattr(process, "output_of", output_here)
    made: list[Backend] = []

    def make(make_engine: MakeEngine = sqlite, **sections: Any) -> Backend:
        backend = Backend(tmp_path / f"data-{len(made)}", Settings(**sections), make_engine=make_engine)
        made.append(backend)
        return backend

    yield make
    for backend in made:
        backend.close()


@pytest.fixture
def backend(make_backend: Callable[..., Backend]) -> Backend:
    """A backend with default settings."""
    return make_backend()
