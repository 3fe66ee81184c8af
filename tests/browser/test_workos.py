"""With a WorkOS client id alone, people sign in with AuthKit; an address counts once WorkOS verified it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urldefrag, urlsplit

import pytest
from playwright.sync_api import expect

from tests.support.workos_double import API_KEY, CLIENT, WorkosDouble, workos

from .mortal import MortalServer
from .people import Person, wait_for

People = Callable[..., Person]
SHORT_LIFE_SECONDS = 12


@pytest.fixture
def authkit() -> Iterator[WorkosDouble]:
    """Start a fake WorkOS, at which Ada is logged in."""
    with workos() as double:
        double.is_now("ada", verified=True)
        yield double


@pytest.fixture
def server(tmp_path: Path, authkit: WorkosDouble) -> Iterator[MortalServer]:
    """Start a server with that client id."""
    server = MortalServer(tmp_path)
    host = urlsplit(authkit.url).netloc
    server.start(CONNVO_AUTH_WORKOS_CLIENT_ID=CLIENT, CONNVO_AUTH_WORKOS_API_HOSTNAME=host)
    yield server
    server.kill()


def test_people_sign_in_and_stay_in(person: People, server: MortalServer, authkit: WorkosDouble) -> None:
    ada = person("Ada", server.url)
    asked: list[str] = []
    ada.page.on("request", lambda request: asked.append(request.url))
    ada.page.goto("/j/#somelink")
    ada.press("Sign in")
    expect(ada.page.get_by_role("heading", name="This link does not work")).to_be_visible()
    assert ada.page.url == f"{server.url}/j/#somelink"
    assert not any("somelink" in urldefrag(url).url for url in asked), "no server hears of an invitation"
    ada.problems.clear()  # the refusal of the link is logged
    ada.page.goto("/")
    expect(ada.page.get_by_role("button", name="Account of Ada")).to_be_visible()
    ada.sign_out()
    expect(ada.page.get_by_role("button", name="Sign in")).to_be_visible()
    wait_for(lambda: authkit.signed_out == ["session_user_ada"], ada.text)


def test_a_call_goes_on_while_the_token_is_renewed_and_workos_is_away(
    person: People, server: MortalServer, authkit: WorkosDouble
) -> None:
    authkit.life = SHORT_LIFE_SECONDS
    ada = person("Ada", server.url)
    ada.page.goto("/")
    ada.press("Sign in")
    ada.meet()
    ada.join()
    authkit.failures, before = 2, authkit.refreshes
    wait_for(lambda: authkit.failures == 0 and authkit.refreshes >= before + 2, ada.text, seconds=40)
    expect(ada.page.get_by_role("navigation", name="Call")).to_be_visible()
    ada.press("Chat")
    ada.write("still here")
    wait_for(lambda: ada.read() == ["still here"], ada.text)


def test_an_answer_that_nobody_asked_for_is_refused(person: People, server: MortalServer) -> None:
    ada = person("Ada", server.url)
    ada.page.goto("/?code=stolen&state=%7B%7D")
    expect(ada.page.get_by_role("alert")).to_contain_text("did not start here")
    ada.press("Sign in")
    expect(ada.page.get_by_role("button", name="Account of Ada")).to_be_visible()
    for query in ("code=stolen&state=%7B%7D", "error=access_denied", "code=stolen"):
        ada.page.goto(f"/?{query}")
        expect(ada.page.get_by_role("button", name="Account of Ada")).to_be_visible()
        assert ada.page.url == f"{server.url}/"


@pytest.mark.parametrize(("verified", "invited"), [(True, True), (False, False)])
def test_only_a_verified_address_takes_an_invitation(
    person: People, server: MortalServer, authkit: WorkosDouble, verified: bool, invited: bool
) -> None:
    server.kill()
    server.start(CONNVO_AUTH_WORKOS_API_KEY=API_KEY)
    ada = person("Ada", server.url)
    ada.page.goto("/")
    ada.press("Sign in")
    expect(ada.page.get_by_role("heading", name="My meetings")).to_be_visible()
    made = ada.context.request.post(
        "/api/run/meetings/lifecycle/createMeeting",
        headers={"Authorization": f"Bearer {authkit.token('user_ada')}"},
        data={"args": {"title": "Secret plans", "participantEmails": ["ben@example.org"]}},
    )
    assert made.json()["status"] == "success", made.text()
    authkit.is_now("ben", verified=verified)
    ben = person("Ben", server.url)
    ben.page.goto("/")
    ben.press("Sign in")
    expect(ben.page.get_by_role("button", name="Account of Ben")).to_be_visible()
    expect(ben.page.get_by_text("Secret plans")).to_have_count(1 if invited else 0)
