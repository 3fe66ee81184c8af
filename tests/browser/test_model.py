"""The page where a language model is configured: it is named in the lobby, at its questions and at its report."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.support.live import LiveServer, serving
from tests.support.llm_double import KEY, MODEL
from tests.support.llm_fixtures import LlmDouble
from tests.support.llm_fixtures import llm as llm
from tests.support.llm_fixtures import llm_server as llm_server

from .conftest import CROWD
from .people import Person
from .test_looks import PICTURES, look
from .test_prompts import cards
from .test_report import MADE_MS, TALK, items, report
from .words import Speaker

People = Callable[..., Person]
SUGGESTED = "Suggested by a language model"
# So many that the transcript is longer than its place on the page.
ROUNDS = 4
BELOW = """
    () => document.documentElement.scrollHeight - scrollY
        - document.querySelector('main').getBoundingClientRect().bottom
"""
MAX_BELOW_PX = 100


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory, llm: LlmDouble) -> Iterator[LiveServer]:
    """Start a server with a model that writes reports and suggests questions."""
    PICTURES.mkdir(exist_ok=True)
    model = {"CONNVO_AI_URL": llm.url, "CONNVO_AI_MODEL": MODEL, "CONNVO_AI_KEY": KEY, "CONNVO_AI_LIVE": "true"}
    with serving(tmp_path_factory.mktemp("model") / "data", **CROWD, **model) as server:
        yield server


def test_a_model_is_named_in_the_lobby_at_its_questions_and_at_its_report(person: People, server: LiveServer) -> None:
    ada = person("Ada Lovelace").with_a_face().sign_in()
    link = ada.meet("Weekly planning")
    page = ada.page
    expect(page.get_by_role("region", name="Join the meeting")).to_contain_text(f"the language model {MODEL}")
    suggested = cards(page).filter(has_text=SUGGESTED)
    expect(suggested).to_contain_text("“Weekly planning”", timeout=MADE_MS)
    expect(cards(page).first).not_to_contain_text(SUGGESTED)
    look(page, "3-lobby-model", suggested)
    ada.join()
    speakers = {name: Speaker(server, link, name).join() for name in ("Bea", "Cy")}
    for name, text in TALK * ROUNDS:
        speakers[name].say(text)
    ada.end()
    expect(report(page)).to_contain_text(f"Written by {MODEL}, checked against the transcript.", timeout=MADE_MS)
    promise = items(page, "Actions").filter(has_text="I will order the punched cards")
    expect(promise).to_contain_text("Cy")
    promise.get_by_role("link").first.click()
    expect(page.locator(".transcript [data-found]")).to_contain_text("I will order the punched cards")
    assert page.evaluate(BELOW) < MAX_BELOW_PX, "the page ends where its text does"
    page.go_back()
    expect(promise).to_be_in_viewport()
    look(page, "6-report-model")
