"""The operators' console: refused to others, accessible at every width, and without the content of meetings."""

import base64
import json
import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from .mortal import MortalServer
from .people import Person
from .test_looks import look

SECTIONS = {
    "health": "Nodes",
    "meetings": "Running meetings: 1",
    "calls": "Failed connections",
    "functions": "Objectives, last 30 days",
    "jobs": "Jobs",
    "users": "Users",
    "audit": "Audit trail",
}
TOKEN = re.compile(r"eyJ[\w-]+\.(eyJ[\w-]+)\.")
TITLE = "A plan of ours"
WRITTEN_MS = 15_000


def sent_by(page: Page) -> list[str]:
    """Return what a page will have sent over its sockets."""
    sent: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(str(frame))))
    return sent


def identity_in(sent: list[str]) -> str:
    """Return the issuer and the subject in the first token that was sent."""
    found = next(found for text in sent if (found := TOKEN.search(text)))
    claims = json.loads(base64.urlsafe_b64decode(found[1] + "=="))
    return f"{claims['iss']}|{claims['sub']}"


def test_operators_alone_see_how_the_server_is(mortal: MortalServer, person: Callable[..., Person]) -> None:
    olga = person("Olga", mortal.url)
    page, sent = olga.page, sent_by(olga.page)
    olga.sign_in("/admin")
    expect(page.get_by_role("alert")).to_have_text("Only operators of this server may see this.")
    page.goto("/")
    olga.meet(TITLE)
    olga.join()
    identity = identity_in(sent)
    olga.problems.clear()  # the refusal, and below the server that is away
    mortal.kill()
    mortal.start(CONNVO_AUTH_OPERATORS=identity)
    page.goto("/admin")
    olga.problems.clear()
    expect(page.get_by_role("table", name="Nodes").get_by_role("row")).to_have_count(2, timeout=WRITTEN_MS)
    for section, heading in SECTIONS.items():
        page.goto(f"/admin#{section}")
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        if section == "users":
            page.get_by_role("searchbox").fill("olg")
            olga.press("Find")
            expect(page.get_by_role("table", name="Users").get_by_role("row")).to_have_count(2)
        expect(page.get_by_text("Loading …")).to_have_count(0)
        look(page, f"admin-{section}")
        assert TITLE not in page.content()
