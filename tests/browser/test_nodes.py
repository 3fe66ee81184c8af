"""Two people at different nodes: one node dies, and the call is unaffected."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.postgres import serving

from .mortal import MortalServer
from .people import Person
from .test_outage import NOT_ANSWERING

People = Callable[..., Person]
ROOT = Path(__file__).resolve().parents[2]
RESUMED_MS = 30_000


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[tuple[MortalServer, MortalServer]]:
    """Start two nodes of one PostgreSQL database."""
    with serving() as database:
        made = [MortalServer(tmp_path, CONNVO_DATABASE_URL=database.url()) for _ in range(2)]
        for node in made:
            node.start()
        yield made[0], made[1]
        for node in made:
            node.kill()


@contextmanager
def balancer(*nodes: MortalServer) -> Iterator[str]:
    """Start a balancer that takes the first node which answers; return its address."""
    command = [sys.executable, "-m", "tests.support.balancer", *[str(node.port) for node in nodes]]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.kill()


def test_a_call_across_two_nodes_survives_the_death_of_one(
    person: People, nodes: tuple[MortalServer, MortalServer]
) -> None:
    first, second = nodes
    with balancer(first, second) as here, balancer(second, first) as there:
        ada = person("Ada", here).sign_in()
        link = ada.meet()
        ada.join()
        ben = person("Ben", there).sign_in(link.replace(here, ""))
        ben.join()
        ada.sees("Ben")
        ben.sees("Ada")
        before = ada.page.evaluate("() => window.connections.length")
        first.kill()
        ada.sees("Ben")
        ben.sees("Ada")
        ada.press("Mute")
        expect(ben.tile("Ada").get_by_text("muted")).to_be_attached(timeout=RESUMED_MS)
        expect(ada.page.get_by_text(NOT_ANSWERING)).to_be_hidden()
        cy = person("Cy", there).sign_in(link.replace(here, ""))
        cy.join()
        cy.sees("Ada", "Ben")
        ada.sees("Ben", "Cy")
        assert ada.page.evaluate("() => window.connections.length") == before + 1, "only Cy is new"
        first.start()
        second.kill()
        ben.press("Mute")
        expect(ada.tile("Ben").get_by_text("muted")).to_be_attached(timeout=RESUMED_MS)
        for one in (ada, ben, cy):
            one.problems.clear()  # a browser logs that a server is gone, and that is what this test is about
