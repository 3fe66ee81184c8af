"""A call survives loss of the server, and of the network between the people."""

from collections.abc import Callable

from playwright.sync_api import expect

from .mortal import MortalServer
from .people import Person, wait_for

People = Callable[..., Person]
NOT_ANSWERING = "The server is not responding. The call continues"
AWAY_MS = 6_000
CUT_MS = 10_000


def test_a_call_survives_the_death_of_the_server(person: People, mortal: MortalServer) -> None:
    ada = person("Ada", mortal.url).sign_in()
    link = ada.meet()
    ada.join()
    ben = person("Ben", mortal.url).sign_in(link)
    ben.join()
    ada.sees("Ben")
    mortal.kill()
    for one in (ada, ben):
        expect(one.page.get_by_text(NOT_ANSWERING)).to_be_visible()
    ada.press("Mute")
    ada.page.wait_for_timeout(AWAY_MS)
    ada.sees("Ben")
    ben.sees("Ada")
    before = ada.page.evaluate("() => window.connections.length")
    mortal.start()
    for one in (ada, ben):
        expect(one.page.get_by_text(NOT_ANSWERING)).to_be_hidden(timeout=30_000)
    expect(ben.tile("Ada").get_by_text("muted")).to_be_attached()
    assert ada.page.evaluate("() => window.connections.length") == before, "the call itself was never touched"
    cy = person("Cy", mortal.url).sign_in(link)
    cy.join()
    cy.sees("Ada", "Ben")
    for one in (ada, ben, cy):
        one.problems.clear()  # a browser logs that a server is gone, and that is what this test is about


def test_a_call_recovers_from_a_network_that_is_cut(person: People) -> None:
    ada = person("Ada").sign_in()
    link = ada.meet()
    ada.join()
    ben = person("Ben").on_a_bad_network().sign_in(link)
    ben.join()
    ada.sees("Ben")
    ben.cut()
    wait_for(lambda: "econnecting" in ada.text(), ada.text)
    ada.page.wait_for_timeout(CUT_MS)
    ben.repair()
    ada.sees("Ben")
    ben.sees("Ada")
    for one in (ada, ben):
        expect(one.page.get_by_text("econnecting")).to_be_hidden()
