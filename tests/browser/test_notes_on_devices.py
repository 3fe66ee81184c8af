"""Notes on phones, narrow screens and sleeping laptops, for removed people, and on a server that was restored."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from .conftest import gathering
from .mortal import MortalServer
from .notes import Writer, compose
from .people import Person

People = Callable[..., Person]
PATIENCE_MS = 20_000
ANDROID = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"
PHONE: dict[str, Any] = {
    "has_touch": True,
    "is_mobile": True,
    "viewport": {"width": 390, "height": 844},
    "user_agent": ANDROID,
}
NARROW: dict[str, Any] = {"viewport": {"width": 320, "height": 640}}
# How far the name beside a caret reaches beyond the text, on either side.
OVERHANG = """
    editor => {
        const around = editor.closest('.cm-scroller').getBoundingClientRect();
        const name = editor.querySelector('.who-name').getBoundingClientRect();
        return Math.max(around.left - name.left, name.right - around.right);
    }
"""
# A keyboard that corrects a word changes the text of the page, and the page finds out afterwards.
CORRECT = """
    (editor, [wrong, right]) => {
        const texts = document.createTreeWalker(editor, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
            const at = texts.currentNode.data.indexOf(wrong);
            if (at >= 0) texts.currentNode.replaceData(at, wrong.length, right);
        }
    }
"""


@pytest.fixture
def phone(person: People) -> tuple[Writer, Writer]:
    """Return a host with a phone, and a guest at a desk, who write."""
    host = person("Ada", **PHONE).sign_in()
    link = host.meet()
    guest = person("Ben").sign_in(link)
    return Writer(host).open(), Writer(guest).open()


@pytest.fixture
def restored(browser: Browser, mortal: MortalServer) -> Iterator[tuple[Writer, Writer]]:
    """Return two people who write on a server that can be restored; the second can be cut off."""
    with gathering() as made:
        made += [Person(browser, mortal.url, "Ada"), Person(browser, mortal.url, "Ben")]
        host, guest = made
        ben = Writer(guest).with_a_cable()
        guest.sign_in(host.sign_in().meet())
        yield Writer(host).open(), ben.open()
        for one in made:
            one.problems.clear()  # a browser logs that a server is gone


def test_a_phone_composes_every_word_and_corrects_it(phone: tuple[Writer, Writer]) -> None:
    ada, ben = phone
    ben.type("Ben:\n")
    ada.reads("Ben:\n")
    ada.go_to(1)
    tools = ada.page.context.new_cdp_session(ada.page)
    for composed, corrected in (("wrte", "write "), ("teh", "the "), ("protcol", "protocol")):
        compose(ada, *(composed[: end + 1] for end in range(len(composed))))
        ben.go_to(0)
        ben.type(".")
        ben.saved()
        tools.send("Input.insertText", {"text": corrected})
    for one in (ada, ben):
        one.reads("Ben:...\nwrite the protocol")
        one.saved()


def test_a_keyboard_that_changes_a_written_word_changes_it_for_all(phone: tuple[Writer, Writer]) -> None:
    ada, ben = phone
    ada.type("please recieve this")
    ben.reads("please recieve this")
    ben.go_to(0)
    ben.type(", now")
    ada.reads("please recieve this, now")
    ada.editor.evaluate(CORRECT, ["recieve", "receive 📬"])
    for one in (ada, ben):
        one.reads("please receive 📬 this, now")
        one.saved()


def test_a_name_beside_a_caret_is_seen_whole_on_a_narrow_screen(person: People) -> None:
    host = person("Ada", **NARROW).sign_in()
    ada = Writer(host)
    ben = Writer(person("Benedikta von der Heide").sign_in(host.meet())).open()
    ada.open()
    line = ""
    for word in ("The", "caret", "comes", "to", "the", "edge", "of", "the", "screen"):
        ben.type(f"{word} ")
        line += f"{word} "
        ada.reads(line)
        expect(ada.page.locator(".who-caret")).to_have_count(1)
        assert ada.editor.evaluate(OVERHANG) <= 0.5, line


def test_a_laptop_that_slept_goes_on_where_all_are(person: People) -> None:
    host = person("Ada").sign_in()
    ben = Writer(person("Ben")).with_a_cable()
    ben.person.sign_in(host.meet())
    ada = Writer(host).open()
    ben.open()
    ada.type("before\n")
    ben.reads("before\n")
    ben.go_to(1)
    tools = ben.page.context.new_cdp_session(ben.page)
    ben.type("half a word")
    tools.send("Page.setWebLifecycleState", {"state": "frozen"})
    ben.unplug()
    ada.go_to(0)
    ada.type(" and meanwhile")
    ada.saved()
    ben.plug()
    tools.send("Page.setWebLifecycleState", {"state": "active"})
    for one in (ada, ben):
        one.reads("before and meanwhile\nhalf a word", 60)
        one.saved()
    ben.person.problems.clear()


def test_a_removed_writer_finds_unsaved_text_after_a_reload_too(person: People) -> None:
    host = person("Ada").sign_in()
    ben = Writer(person("Ben")).with_a_cable()
    ben.person.sign_in(host.meet())
    ada = Writer(host).open()
    ben.open().unplug()
    ben.type("Never sent")
    expect(ben.status).to_contain_text("kept on this device", timeout=PATIENCE_MS)
    ada.person.join()
    ada.person.press("People")
    ada.person.act_on("Ben", "Remove")
    ada.person.confirm("Remove")
    ben.plug()
    unsaved = ben.page.get_by_label("Your last changes to the notes were not saved")
    expect(unsaved).to_have_value("Never sent", timeout=PATIENCE_MS)
    ben.page.reload()
    expect(ben.page.get_by_role("heading", name="A host has removed you")).to_be_visible(timeout=PATIENCE_MS)
    expect(unsaved).to_have_value("Never sent")
    ben.person.problems.clear()


def test_a_restored_server_gets_pending_edits_once_though_others_wrote_on(
    restored: tuple[Writer, Writer], mortal: MortalServer
) -> None:
    ada, ben = restored
    ada.type("Before the backup")
    ben.reads("Before the backup")
    ada.saved()
    mortal.back_up()
    for number in range(5):
        ada.type(f" {number}")
        ada.saved()
    ben.reads("Before the backup 0 1 2 3 4")
    ben.unplug()
    ben.go_to(0)
    ben.type(", pending")
    expect(ben.status).to_contain_text("kept on this device", timeout=PATIENCE_MS)
    mortal.kill()
    mortal.restore()
    mortal.start()
    ada.reads("Before the backup", 60)
    ada.page.keyboard.press("ControlOrMeta+Home")
    for word in ("After", "it,", "others", "wrote", "on.", "Much,", "in", "fact."):
        ada.type(f"{word} ")
        ada.saved()
    ben.plug()
    for one in (ada, ben):
        one.reads("After it, others wrote on. Much, in fact. Before the backup, pending", 60)
        one.saved()
