"""People see and end their sign-ins, and leave no account behind; other pages cannot sign them in."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.support.live import LiveServer

from .people import Person
from .test_looks import look

People = Callable[..., Person]
# What the page stores for the account that is signed in; another browser with it is another sign-in of that person.
COPY = "() => { const { secret, name } = JSON.parse(localStorage.getItem('connvo.account')); return [secret, name]; }"
PASTE = """
    ([secret, name]) => localStorage.setItem('connvo.accounts-kept', JSON.stringify([{ secret, name }]))
"""
FROM_ANOTHER_PAGE = """
    async ([url, type]) => {
        const body = JSON.stringify({ subject: "0f8fad5b-d9cb-469f-a165-70867728950e", name: 'Mallory' });
        const headers = { 'content-type': type };
        return fetch(url, { method: 'POST', headers, body }).then((reply) => reply.status, () => 'blocked');
    }
"""


def on_another_device(person: People, ada: Person) -> Person:
    """Return the same person, signed in in another browser."""
    other = person("Ada")
    other.page.goto("/")
    other.page.evaluate(PASTE, ada.page.evaluate(COPY))
    other.page.reload()
    other.press("Sign in as Ada")
    expect(other.page.get_by_role("heading", name="My meetings")).to_be_visible()
    return other


def test_a_sign_in_elsewhere_is_seen_and_ended(person: People) -> None:
    ada = person("Ada").sign_in()
    lost = on_another_device(person, ada)
    ada.choose("Account of", "Your sign-ins")
    dialog = ada.page.get_by_role("dialog", name="Your sign-ins")
    rows = dialog.get_by_role("listitem")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("This browser")
    expect(rows.nth(1)).to_contain_text(re.compile("Chrome on Linux"))
    look(ada.page, "sign-ins")
    rows.nth(1).get_by_role("button").focus()
    ada.page.keyboard.press("Enter")
    expect(rows).to_have_count(1)
    expect(dialog.get_by_role("status")).to_have_text("Chrome on Linux was signed out.")
    expect(lost.page.get_by_role("heading", name="You have been signed out")).to_be_visible()
    lost.problems.clear()  # the refusal is logged
    lost.press("Sign in again")
    lost.press("Sign in as Ada")
    expect(rows).to_have_count(2)
    dialog.get_by_role("button", name="End all others").click()
    expect(rows).to_have_count(1)
    expect(dialog.get_by_role("button", name="End all others")).to_have_count(0)
    expect(lost.page.get_by_role("heading", name="You have been signed out")).to_be_visible()
    lost.problems.clear()
    ada.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_after_signing_out_another_name_is_another_account(person: People) -> None:
    ada = person("Ada").sign_in()
    ada.meet("Hers alone")
    ada.page.goto("/")
    secret = ada.page.evaluate(COPY)
    ada.choose("Account of", "Sign out")
    dialog = ada.page.get_by_role("dialog", name="Sign out?")
    dialog.get_by_role("button", name="Sign out", exact=True).click()
    go_on = ada.page.get_by_role("button", name="Sign in as Ada")
    expect(go_on).to_be_visible()
    look(ada.page, "sign-in-kept")
    ada.name = "Mallory"
    ada.sign_in()
    expect(ada.page.get_by_role("button", name="Account of Mallory")).to_be_visible()
    expect(ada.page.get_by_text("Hers alone")).to_have_count(0)
    ada.choose("Account of", "Sign out")
    look(ada.page, "sign-out")
    dialog.get_by_role("button", name="Sign out and forget").click()
    expect(ada.page.get_by_role("button", name="Sign in as Mallory")).to_have_count(0)
    go_on.click()
    expect(ada.page.get_by_text("Hers alone")).to_be_visible()
    ada.choose("Account of", "Sign out")
    dialog.get_by_role("button", name="Sign out and forget").click()
    expect(ada.page.get_by_label("Your name")).to_be_visible()
    assert secret[0] not in ada.page.evaluate("() => JSON.stringify(localStorage)")


def test_a_page_of_another_origin_signs_nobody_in(person: People, server: LiveServer) -> None:
    mallory = person("Mallory")
    mallory.page.goto(f"http://localhost:{urlsplit(server.url).port}/docs")
    mallory.page.goto("about:blank")
    for kind in ("application/json", "text/plain"):
        assert mallory.page.evaluate(FROM_ANOTHER_PAGE, [f"{server.url}/api/auth/local", kind]) == "blocked"
    mallory.problems.clear()  # the browser logs what it blocks
