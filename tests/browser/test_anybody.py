"""Every keyboard, every script, a page over plain http, and addresses that lead nowhere."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.support.live import LiveServer, serving

from .people import Person, wait_for

People = Callable[..., Person]
COMPOSED = 229
HEBREW = "מיכל"
TITLE = "פגישה"
# Whether the first character of an element's text is drawn to the left of its last one.
LEFT_TO_RIGHT = """
    element => {
        const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
        const drawn = [];
        while (texts.nextNode()) {
            for (let at = 0; at < texts.currentNode.length; at += 1) {
                const range = document.createRange();
                range.setStart(texts.currentNode, at);
                range.setEnd(texts.currentNode, at + 1);
                const box = range.getBoundingClientRect();
                if (box.width > 0) drawn.push(box.left);
            }
        }
        return drawn[0] < drawn.at(-1);
    }
"""


def strike(page: Page, key: str, code: str, key_code: int = 0) -> None:
    """Press a key as another keyboard layout or an input method does."""
    tools = page.context.new_cdp_session(page)
    for kind in ("rawKeyDown", "keyUp"):
        tools.send(
            "Input.dispatchKeyEvent", {"type": kind, "key": key, "code": code, "windowsVirtualKeyCode": key_code}
        )
    tools.detach()


def compose(page: Page, text: str) -> None:
    """Let an input method hold a text that is not committed yet."""
    tools = page.context.new_cdp_session(page)
    tools.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
    tools.detach()


def test_shortcuts_work_on_any_layout_and_input_methods_keep_their_keys(alone: Person) -> None:
    page = alone.page
    for key in ("ь", "μ", "צ"):
        expect(page.get_by_role("button", name="Mute", exact=True)).to_be_visible()
        strike(page, key, "KeyM")
        expect(page.get_by_role("button", name="Unmute")).to_be_visible()
        strike(page, key, "KeyM")
    expect(page.get_by_role("button", name="Mute", exact=True)).to_be_visible()
    strike(page, "\u0441", "KeyC")
    field = page.get_by_label("Message everyone")
    expect(field).to_be_focused()
    compose(page, "にほん")
    strike(page, "Enter", "Enter", COMPOSED)
    strike(page, "Escape", "Escape", COMPOSED)
    page.keyboard.insert_text("日本")  # the composition ends; Safari tells of its Enter only now
    strike(page, "Enter", "Enter", COMPOSED)
    expect(field).to_have_value("日本")
    assert alone.read() == []
    field.press("Enter")
    wait_for(lambda: alone.read() == ["日本"], alone.text)


def test_names_and_titles_of_any_direction_stay_in_their_place(person: People) -> None:
    ada = person("Ada\u202e\u200b").sign_in()
    ada.name = "Ada"
    link = ada.meet(f"\u202e{TITLE} 2027")
    expect(ada.page.get_by_text(f"{TITLE} 2027", exact=True)).to_be_visible()
    assert ada.page.title().startswith(f"\u2068{TITLE} 2027\u2069 ")
    ada.join()
    michal = person(HEBREW).sign_in(link)
    michal.join()
    joined = ada.page.get_by_role("status").filter(has_text=f"{HEBREW}\u2069 has joined.")
    expect(joined).to_be_attached()
    michal.sees("Ada")
    michal.press("Chat")
    michal.write("1, 2: שלום")
    news = ada.page.get_by_role("status").filter(has_text="1, 2")
    expect(news).to_be_attached()
    assert news.evaluate(LEFT_TO_RIGHT)
    ada.press("Chat")
    message = ada.page.locator(".log .text")
    expect(message).to_have_css("direction", "rtl")
    expect(ada.page.locator(".log").get_by_text(HEBREW)).to_be_visible()


@pytest.fixture
def open_server(tmp_path: Path) -> Iterator[LiveServer]:
    """Start a server with open sign-in by name."""
    with serving(tmp_path / "data", CONNVO_AUTH_OPEN="true") as server:
        yield server


def test_over_plain_http_one_signs_in_copies_the_link_and_is_told_which_features_are_missing(
    person: People, open_server: LiveServer
) -> None:
    address = f"http://lan.test:{urlsplit(open_server.url).port}"
    ada = person("Ada", address)
    page = ada.page
    page.goto("/")
    expect(page.get_by_text("Anyone who can reach this server can join under any name")).to_be_visible()
    assert page.evaluate("() => [isSecureContext, crypto.randomUUID, navigator.clipboard]") == [False, None, None]
    page.get_by_label("Your name").fill("\u3164")
    ada.press("Continue")
    expect(page.get_by_role("alert").filter(has_text="Others could not see this name")).to_be_visible()
    ada.sign_in()
    link = ada.meet()
    assert link.startswith(f"{address}/j/")
    expect(page.get_by_text(re.compile("copied", re.IGNORECASE))).to_be_visible()
    expect(page.get_by_text("This page was loaded over http")).to_be_visible()
    ada.join()
    ada.press("Chat")
    ada.write("Hello")
    wait_for(lambda: ada.read() == ["Hello"], ada.text)
    page.get_by_label("Message everyone").press("Control+v")
    expect(page.get_by_label("Message everyone")).to_have_value(link)
    page.goto("/diagnostics")
    expect(page.get_by_role("heading", name="Camera and microphone need https")).to_be_visible()
    expect(page.get_by_text(f"--to 127.0.0.1:{urlsplit(address).port}")).to_be_visible()


def test_an_address_that_leads_nowhere_is_answered_by_a_page_with_a_way_home(person: People) -> None:
    ada = person("Ada").sign_in()
    answer = ada.page.goto("/nothing/here")
    assert answer is not None and answer.status == 404
    expect(ada.page.get_by_role("heading", name="Page not found")).to_be_visible()
    for path, said in (("/m/nothing", "Meeting not found"), ("/j/nothing", "This link does not work")):
        ada.page.goto(path)
        expect(ada.page.get_by_role("heading", name=said)).to_be_visible()
    ada.problems.clear()  # refusals are logged, and that is what this test is about
    ada.page.get_by_role("link", name="My meetings").click()
    expect(ada.page).to_have_url(f"{ada.url}/")
    expect(ada.page.get_by_label("Title")).to_be_visible()
