"""Fixtures: a browser with a synthetic camera, and a real server with the built page."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.support.chromium import FLAGS, chromium
from tests.support.live import LiveServer, serving

from .mortal import MortalServer
from .people import Person

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILT = ROOT / "web" / "dist" / "index.html"


# Everybody in these tests signs in by name from one address.
CROWD = {
    "CONNVO_AUTH_NAME_BURST": "100000",
    "CONNVO_AUTH_NAME_PER_DAY": "100000",
    "CONNVO_AUTH_NAME_TOTAL_BURST": "100000",
    "CONNVO_RATE_NETWORK_BURST": "100000",
}


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Start Playwright, which drives every browser."""
    assert BUILT.is_file(), "the page is not built: run make test, or in web/: npm ci && npm run build"
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Launch a browser; each person gets a separate context in it."""
    browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """Start a server for these tests."""
    with serving(tmp_path_factory.mktemp("browser") / "data", **CROWD) as server:
        yield server


@contextmanager
def gathering() -> Iterator[list[Person]]:
    """Yield a list for people; close their browsers at the end, and fail if a page of theirs has failed."""
    made: list[Person] = []
    yield made
    problems = {one.name: one.problems for one in made if one.problems}
    for one in made:
        one.close()
    assert problems == {}


@pytest.fixture
def person(browser: Browser, server: LiveServer) -> Iterator[Callable[..., Person]]:
    """Return a function that makes people; afterwards their pages must not have failed."""
    with gathering() as made:

        def make(name: str, url: str = "", **context: Any) -> Person:
            made.append(Person(browser, url or server.url, name, **context))
            return made[-1]

        yield make


@pytest.fixture
def alone(person: Callable[..., Person]) -> Person:
    """Return a person who is alone in a call."""
    ada = person("Ada").sign_in()
    ada.meet()
    ada.join()
    return ada


@pytest.fixture
def pair(person: Callable[..., Person]) -> tuple[Person, Person]:
    """Return two people in a call, the first one its host."""
    ada = person("Ada").sign_in()
    link = ada.meet()
    ada.join()
    ben = person("Ben").sign_in(link)
    ben.join()
    ada.sees("Ben")
    ben.sees("Ada")
    return ada, ben


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[MortalServer]:
    """Start a server that a test may kill and restart."""
    server = MortalServer(tmp_path)
    server.start()
    yield server
    server.kill()
