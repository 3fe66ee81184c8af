"""With an OIDC issuer configured, people sign in there: the code flow with PKCE, against a real provider."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from .conftest import ROOT
from .mortal import MortalServer
from .people import Person

People = Callable[..., Person]
ISSUER = ROOT / "web" / "tests" / "issuer.mjs"
CLIENT = "connvo-web"
SHORT_LIFE_SECONDS = 65  # the page renews a token a minute before its end


@contextmanager
def issuer(page: str, *life: str) -> Iterator[str]:
    """Runs an OIDC provider for the page at this address."""
    node = shutil.which("node")
    assert node, "these tests need Node.js, as the page does"
    process = subprocess.Popen([node, str(ISSUER), page, *life], stdout=subprocess.PIPE, text=True)
    with process:
        try:
            assert process.stdout is not None
            yield next(line.strip() for line in process.stdout if line.startswith("http"))
        finally:
            process.terminate()


@pytest.fixture
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[MortalServer]:
    """A server that believes a provider, and nobody else."""
    server = MortalServer(tmp_path)
    with issuer(server.url, *getattr(request, "param", ())) as address:
        server.start(CONNVO_AUTH_ISSUER=address, CONNVO_AUTH_AUDIENCE=CLIENT)
        yield server
        server.kill()


def log_in(page: Page, name: str) -> None:
    """Does at the provider what it asks for."""
    page.get_by_role("button", name="Sign in with").click()
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill("anything")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()


def test_people_sign_in_at_the_issuer_and_come_back_to_where_they_were(person: People, server: MortalServer) -> None:
    ada = person("ada", server.url)
    asked: list[str] = []
    ada.page.on("request", lambda request: asked.append(request.url))
    ada.page.goto("/j/somelink")
    log_in(ada.page, "ada")
    expect(ada.page.get_by_role("heading", name="This link does not work")).to_be_visible()
    assert ada.page.url == f"{server.url}/j/somelink"
    wanted = next(parse_qs(urlsplit(url).query) for url in asked if "code_challenge" in url)
    assert wanted["code_challenge_method"] == ["S256"]
    assert wanted["response_type"] == ["code"]
    ada.page.get_by_role("link", name="My meetings").click()
    expect(ada.page.get_by_text("ADA", exact=True)).to_be_visible()
    ada.problems.clear()  # the refusal of the link is logged


def test_two_people_with_accounts_meet(person: People, server: MortalServer) -> None:
    ada, ben = person("ADA", server.url), person("BEN", server.url)
    ada.page.goto("/")
    log_in(ada.page, "ada")
    link = ada.meet()
    ada.join()
    ben.page.goto(link)
    log_in(ben.page, "ben")
    ben.join()
    ada.sees("BEN")
    ben.sees("ADA")


def test_who_signs_out_has_to_sign_in_again(person: People, server: MortalServer) -> None:
    ada = person("ada", server.url)
    ada.page.goto("/")
    log_in(ada.page, "ada")
    expect(ada.page.get_by_role("heading", name="My meetings")).to_be_visible()
    ada.page.reload()
    ada.press("Sign out")
    expect(ada.page.get_by_role("button", name="Sign in with")).to_be_visible()
    ada.page.reload()
    expect(ada.page.get_by_role("button", name="Sign in with")).to_be_visible()


@pytest.mark.parametrize("server", [(str(SHORT_LIFE_SECONDS),)], indirect=True)
def test_a_token_renews_itself(person: People, server: MortalServer) -> None:
    ada = person("ada", server.url)
    renewed: list[str] = []
    ada.page.on("request", lambda request: renewed.append(request.post_data or ""))
    ada.page.goto("/")
    log_in(ada.page, "ada")
    expect(ada.page.get_by_role("heading", name="My meetings")).to_be_visible()
    ada.page.wait_for_timeout(6_000)
    ada.page.reload()
    expect(ada.page.get_by_role("heading", name="My meetings")).to_be_visible()
    assert any("grant_type=refresh_token" in form for form in renewed)


def test_an_answer_that_nobody_asked_for_is_refused(person: People, server: MortalServer) -> None:
    ada = person("ada", server.url)
    ada.page.goto("/?code=stolen&state=made-up")
    expect(ada.page.get_by_text("This sign-in did not begin here")).to_be_visible()
    assert ada.page.url == f"{server.url}/"


def test_nobody_signs_in_by_name_there(person: People, server: MortalServer) -> None:
    answer = person("ada", server.url).context.request.post("/api/auth/local", data={})
    assert answer.status == 404
