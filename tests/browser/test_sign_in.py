"""With an OIDC issuer configured, people sign in there: the code flow with PKCE, against a real provider."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urldefrag, urlencode, urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect

from .conftest import ROOT
from .mortal import MortalServer
from .people import Person, wait_for

People = Callable[..., Person]
ISSUER = ROOT / "web" / "app" / "tests" / "issuer.mjs"
CLIENT = "connvo-web"
# Renewed after half of it.
SHORT_LIFE_SECONDS = 12
MS = 1000
NOTICE = "Your sign-in has ended"


class Issuer:
    """A running provider: its name, and control over its behaviour."""

    def __init__(self, name: str) -> None:
        self.name = name

    def fails(self, times: int, status: int = 503, **more: str) -> None:
        """Let the token endpoint fail."""
        self._get(f"token?{urlencode({'times': times, 'status': status, **more})}")

    def asked(self) -> dict[str, int]:
        """Return the number of token requests, and of failed ones."""
        found: dict[str, int] = json.loads(self._get("asked"))
        return found

    def _get(self, path: str) -> bytes:
        with urlopen(f"{self.name.rstrip('/')}/test/{path}") as response:
            body: bytes = response.read()
            return body


@contextmanager
def issuer(page: str, **options: Any) -> Iterator[Issuer]:
    """Run an OIDC provider for the page at this address; issuer.mjs documents the options."""
    node = shutil.which("node")
    assert node, "these tests need Node.js, as the page does"
    process = subprocess.Popen([node, str(ISSUER), page, json.dumps(options)], stdout=subprocess.PIPE, text=True)
    with process:
        try:
            assert process.stdout is not None
            yield Issuer(next(line.strip() for line in process.stdout if line.startswith("http")))
        finally:
            process.terminate()


class OidcServer(MortalServer):
    """A server that trusts a provider."""

    issuer: Issuer


@pytest.fixture
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[OidcServer]:
    """Start a server that trusts only a provider. Parameters: options of the provider."""
    server = OidcServer(tmp_path)
    options = dict(getattr(request, "param", {}))
    with issuer(server.url, **options) as server.issuer:
        secret = {"CONNVO_AUTH_CLIENT_SECRET": options["secret"]} if "secret" in options else {}
        server.start(CONNVO_AUTH_ISSUER=server.issuer.name, CONNVO_AUTH_AUDIENCE=CLIENT, **secret)
        yield server
        server.kill()


def provider(**options: Any) -> pytest.MarkDecorator:
    """Parametrise a test with options of the provider."""
    return pytest.mark.parametrize("server", [options], indirect=True)


def log_in(page: Page, name: str) -> None:
    """Log in at the provider."""
    page.get_by_role("button", name="Sign in with").click()
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill("anything")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()


def test_people_sign_in_at_the_issuer_and_come_back_to_where_they_were(person: People, server: OidcServer) -> None:
    ada = person("ada", server.url)
    asked: list[str] = []
    ada.page.on("request", lambda request: asked.append(request.url))
    ada.page.goto("/j/#somelink")
    log_in(ada.page, "ada")
    expect(ada.page.get_by_role("heading", name="This link does not work")).to_be_visible()
    assert ada.page.url == f"{server.url}/j/#somelink"
    assert not any("somelink" in urldefrag(url).url for url in asked), "no server hears of an invitation"
    wanted = next(parse_qs(urlsplit(url).query) for url in asked if "code_challenge" in url)
    assert wanted["code_challenge_method"] == ["S256"]
    assert wanted["response_type"] == ["code"]
    ada.page.get_by_role("link", name="My meetings").click()
    expect(ada.page.get_by_role("button", name="Account of ADA")).to_be_visible()
    ada.problems.clear()  # the refusal of the link is logged


def test_two_people_with_accounts_meet(person: People, server: OidcServer) -> None:
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


def test_a_user_that_signs_out_has_to_sign_in_again(person: People, server: OidcServer) -> None:
    ada = person("ada", server.url)
    ada.page.goto("/")
    log_in(ada.page, "ada")
    expect(ada.page.get_by_role("heading", name="My meetings")).to_be_visible()
    ada.page.reload()
    ada.sign_out()
    expect(ada.page.get_by_role("button", name="Sign in with")).to_be_visible()
    ada.page.reload()
    expect(ada.page.get_by_role("button", name="Sign in with")).to_be_visible()


@provider(secret="kept-by-the-server", life=SHORT_LIFE_SECONDS)
def test_a_provider_that_insists_on_a_secret_is_asked_by_the_server(person: People, server: OidcServer) -> None:
    ada = person("ada", server.url)
    ada.page.goto("/")
    log_in(ada.page, "ada")
    expect(ada.page.get_by_role("button", name="Account of ADA")).to_be_visible()
    wait_for(lambda: server.issuer.asked()["all"] >= 2, ada.text, seconds=2 * SHORT_LIFE_SECONDS)
    assert server.issuer.asked()["failed"] == 0
    expect(ada.page.get_by_role("alert", name="Sign-in")).to_have_count(0)


@provider(elsewhere=True, slash=True, scopes=["openid"], refreshes=False, userinfo=False)
def test_a_provider_of_a_sparse_kind_with_its_endpoints_on_other_hosts(person: People, server: OidcServer) -> None:
    ada = person("ada", server.url)
    asked: list[str] = []
    ada.page.on("request", lambda request: asked.append(request.url))
    ada.page.goto("/")
    log_in(ada.page, "ada")
    expect(ada.page.get_by_role("button", name="Account of ADA")).to_be_visible()
    wanted = next(parse_qs(urlsplit(url).query) for url in asked if "code_challenge" in url)
    assert wanted["scope"] == ["openid"]
    assert "prompt" not in wanted
    ada.page.reload()
    expect(ada.page.get_by_role("button", name="Account of ADA")).to_be_visible()


@provider(life=SHORT_LIFE_SECONDS, rotates=True, ahead=10)
def test_a_call_goes_on_while_renewals_fail_for_a_moment_in_two_windows(person: People, server: OidcServer) -> None:
    ada = person("ada", server.url)
    ada.page.goto("/")
    log_in(ada.page, "ada")
    ada.meet()
    second = ada.context.new_page()
    second.goto("/")
    expect(second.get_by_role("heading", name="My meetings")).to_be_visible()
    ada.join()
    server.issuer.fails(times=2)
    renewed = server.issuer.asked()["all"]
    wait_for(
        lambda: server.issuer.asked()["failed"] == 2 and server.issuer.asked()["all"] >= renewed + 5,
        lambda: f"asked: {server.issuer.asked()}; {ada.text()}",
        seconds=45,
    )
    expect(ada.page.get_by_role("navigation", name="Call")).to_be_visible()
    expect(second.get_by_role("heading", name="My meetings")).to_be_visible()
    for page in (ada.page, second):
        expect(page.get_by_role("alert", name="Sign-in")).to_have_count(0)


@provider(life=SHORT_LIFE_SECONDS)
def test_a_user_whose_sign_in_ended_signs_in_again_beside_the_call(person: People, server: OidcServer) -> None:
    ada = person("ada", server.url)
    ada.page.goto("/")
    log_in(ada.page, "ada")
    ada.meet()
    ada.join()
    server.issuer.fails(times=1, status=400, error="invalid_grant")
    notice = ada.page.get_by_role("alert", name="Sign-in")
    expect(notice).to_contain_text(NOTICE, timeout=2 * SHORT_LIFE_SECONDS * MS)
    expect(ada.page.get_by_role("navigation", name="Call")).to_be_visible()
    with ada.page.expect_popup() as opened:
        notice.get_by_role("button", name="Sign in again").click()
    # The provider knows the browser, and asks for nothing.
    opened.value.wait_for_event("close")
    expect(notice).to_have_count(0)
    expect(ada.page.get_by_role("navigation", name="Call")).to_be_visible()
    ada.press("Chat")
    ada.write("still here")
    wait_for(lambda: ada.read() == ["still here"], ada.text)


@pytest.mark.parametrize(
    ("server", "words"),
    [({"ahead": 600}, "not valid yet")],
    indirect=["server"],
)
def test_a_refusal_of_the_server_is_said_with_a_way_back(person: People, server: OidcServer, words: str) -> None:
    ada = person("ada", server.url)
    asked: list[str] = []
    ada.page.on("request", lambda request: asked.append(request.url))
    ada.page.goto("/")
    log_in(ada.page, "ada")
    expect(ada.page.get_by_role("heading", name="The server does not accept your sign-in")).to_be_visible()
    expect(ada.page.get_by_role("alert")).to_contain_text(words)
    ada.press("Sign in with another account")
    expect(ada.page.locator("input[name=login]")).to_be_visible()
    assert "prompt=login" in next(url for url in reversed(asked) if "code_challenge" in url)


def test_a_server_that_is_away_and_a_page_without_https_are_said_in_words(person: People, server: OidcServer) -> None:
    ada = person("ada", server.url)
    ada.context.add_init_script("Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined })")
    ada.page.route("**/api/auth", lambda route: route.abort())
    ada.page.goto("/")
    expect(ada.page.get_by_role("alert")).to_have_text("The server is not responding.")
    ada.page.unroute("**/api/auth")
    ada.press("Try again")
    ada.press("Sign in with")
    expect(ada.page.get_by_role("alert")).to_contain_text("https")


def test_an_answer_that_nobody_asked_for_is_refused(person: People, server: OidcServer) -> None:
    ada = person("ada", server.url)
    ada.page.goto("/?code=stolen&state=made-up")
    expect(ada.page.get_by_text("This sign-in did not start here")).to_be_visible()
    assert ada.page.url == f"{server.url}/"


def test_an_answer_that_nobody_asked_for_signs_nobody_out(person: People, server: OidcServer) -> None:
    ada = person("ada", server.url)
    ada.page.goto("/")
    log_in(ada.page, "ada")
    expect(ada.page.get_by_role("heading", name="My meetings")).to_be_visible()
    for query in ("code=stolen&state=made-up", "error=access_denied&state=made-up", "error=access_denied"):
        ada.page.goto(f"/?{query}")
        expect(ada.page.get_by_role("button", name="Account of ADA")).to_be_visible()
        assert ada.page.url == f"{server.url}/"


def test_a_refusal_of_the_provider_is_said_with_a_way_back(person: People, server: OidcServer) -> None:
    ada = person("ada", server.url)
    told = urlencode({"error": "access_denied", "error_description": "user_denied [it]"})
    way_out = f"{server.issuer.name}/auth?**"
    ada.page.route(
        way_out,
        lambda route: route.fulfill(
            status=302,
            headers={
                "location": f"{server.url}/?{told}&state={parse_qs(urlsplit(route.request.url).query)['state'][0]}"
            },
        ),
    )
    ada.page.goto("/")
    ada.press("Sign in with")
    expect(ada.page.get_by_role("alert")).to_contain_text("The sign-in was not allowed")
    expect(ada.page.get_by_role("alert")).to_contain_text("The provider says: user_denied [it]")
    expect(ada.page.get_by_role("button", name="Sign in with another account")).to_be_visible()
    ada.page.unroute(way_out)
    ada.press("Try again")
    expect(ada.page.locator("input[name=login]")).to_be_visible()


def test_nobody_signs_in_by_name_there(person: People, server: OidcServer) -> None:
    answer = person("ada", server.url).context.request.post("/api/auth/local", data={})
    assert answer.status == 404
