"""Notes that people write together: all end with the same text, nothing is lost, and nothing is there twice."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.support.firefox import launch
from tests.support.live import LiveServer

from .conftest import gathering
from .firefox import FirefoxPerson
from .mortal import MortalServer
from .notes import Writer, compose
from .people import Person, wait_for
from .test_looks import AXE, RUN_AXE, SERIOUS

PATIENCE_MS = 20_000
# What was typed is at the server, or outlives the page.
AT_LEAST_KEPT = re.compile("^Saved|kept on this device")
# More than one operation may insert, and more than the screen shows.
LONG = "A line of a long text that was written elsewhere, with a picture: 🙂\n" * 4_600
OWN_CARET = "() => document.activeElement.shadowRoot?.activeElement?.getAttribute('aria-label') ?? null"


@pytest.fixture(scope="module")
def fox(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Start Firefox."""
    browser = launch(playwright, tmp_path_factory.mktemp("firefox"))
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def desks(browser: Browser, server: LiveServer) -> Iterator[tuple[Writer, Writer]]:
    """Sign in two people, the second of whom can be cut off."""
    with gathering() as made:
        made += [Person(browser, server.url, name) for name in ("Ada", "Ben")]
        ada, ben = Writer(made[0]), Writer(made[1]).with_a_cable()
        for one in made:
            one.sign_in()
            expect(one.page.get_by_label("Title")).to_be_visible()
        yield ada, ben


@pytest.fixture
def pair(desks: tuple[Writer, Writer]) -> Iterator[tuple[Writer, Writer]]:
    """Return two people who write on the page before the call of a new meeting, the first one its host."""
    ada, ben = desks
    ada.page.goto("/")
    link = ada.person.meet()
    ben.page.goto(link)
    yield ada.open(), ben.open()
    assert (ada.person.problems, ben.person.problems) == ([], [])


def both_read(writers: tuple[Writer, ...], text: str) -> None:
    """Wait until all screens show exactly this text, and it is saved."""
    for writer in writers:
        writer.reads(text)
        writer.saved()


def test_three_people_write_at_once_while_everything_fails(
    browser: Browser, fox: Browser, mortal: MortalServer
) -> None:
    with gathering() as made:
        made += [Person(browser, mortal.url, "Ada"), Person(browser, mortal.url, "Ben")]
        made.append(FirefoxPerson(fox, mortal.url, "Cy"))
        ada, ben, cy = writers = [Writer(one) for one in made]
        ben.with_a_cable()
        link = ada.person.sign_in().meet()
        for one in (ben, cy):
            one.person.sign_in(link)
        for one in writers:
            one.open()
        ada.type("Ada:\nBen:\nCy:")
        for line, one in enumerate(writers):
            one.reads("Ada:\nBen:\nCy:")
            one.go_to(line)
        words: list[str] = []

        def everybody_types(word: str) -> None:
            words.append(word)
            for one in writers:
                one.type(f" {word}")

        everybody_types("first")
        ben.unplug()
        everybody_types("cut")
        expect(ben.status).to_contain_text("kept on this device", timeout=PATIENCE_MS)
        ben.plug()
        everybody_types("back")
        mortal.kill()
        everybody_types("dead")
        for one in writers:
            expect(one.status).to_contain_text("Offline", timeout=PATIENCE_MS)
        mortal.start()
        everybody_types("alive")
        expect(cy.status).to_have_text(AT_LEAST_KEPT, timeout=PATIENCE_MS)
        cy.page.reload()
        cy.open()
        cy.go_to(2)
        everybody_types("last")
        text = "\n".join(" ".join([name, *words]) for name in ("Ada:", "Ben:", "Cy:"))
        for one in writers:
            one.reads(text, 60)
            one.saved()
        for person in made:
            person.problems.clear()  # a browser logs that a server is gone, and that is what this test is about


def test_edits_without_a_connection_outlive_the_page(pair: tuple[Writer, Writer]) -> None:
    ada, ben = pair
    ada.type("Agenda\n")
    ben.reads("Agenda\n")
    ben.unplug()
    ben.go_to(1)
    ben.type("Written in a tunnel")
    expect(ben.status).to_contain_text("kept on this device", timeout=PATIENCE_MS)
    ada.type("Ada goes on. ")
    ben.page.reload()
    ben.plug()
    ben.open()
    both_read(pair, "Agenda\nWritten in a tunnelAda goes on. ")
    ben.person.problems.clear()


def test_a_lock_holds_up_typed_text_and_says_so(pair: tuple[Writer, Writer]) -> None:
    ada, ben = pair
    ben.type("Half a sen")
    ada.reads("Half a sen")
    ben.unplug()
    ben.type("tence")
    expect(ben.status).to_contain_text("Offline")
    ada.person.choose("Options for the notes", "Lock: only hosts write")
    expect(ada.page.get_by_text("Locked: only hosts can write.")).to_be_visible()
    ben.plug()
    expect(ben.page.get_by_text("A host has locked the notes. You can read them.")).to_be_visible(timeout=20_000)
    expect(ben.status).to_contain_text("Not saved")
    expect(ben.page.get_by_role("button", name="Copy the text")).to_be_visible()
    ben.type(" and more")
    ben.reads("Half a sentence")
    ada.go_to(0)
    ada.type(". Hosts still write")
    ben.reads("Half a sentence. Hosts still write")
    ada.person.press("Unlock")
    both_read(pair, "Half a sentence. Hosts still write")
    ben.person.problems.clear()


def test_undo_takes_back_the_own_words_only(pair: tuple[Writer, Writer]) -> None:
    ada, ben = pair
    ada.type("one three")
    ben.reads("one three")
    ben.editor.focus()
    ben.page.keyboard.press("ControlOrMeta+Home")
    for _ in "one ":
        ben.page.keyboard.press("ArrowRight")
    ben.type("two ")
    ada.reads("one two three")
    ada.editor.focus()
    ada.page.keyboard.press("ControlOrMeta+z")
    both_read(pair, "two ")
    ada.page.keyboard.press("ControlOrMeta+Shift+z")
    both_read(pair, "one two three")


def test_an_input_method_composes_while_others_write(pair: tuple[Writer, Writer]) -> None:
    ada, ben = pair
    ada.type("first\n")
    ben.reads("first\n")
    commit = compose(ada, "k", "か", "かん", "漢字")
    ben.editor.focus()
    ben.page.keyboard.press("ControlOrMeta+Home")
    ben.type("Ben: ")
    ben.saved()
    commit()
    both_read(pair, "Ben: first\n漢字")


def test_a_long_paste_arrives_whole(pair: tuple[Writer, Writer], tmp_path: Path) -> None:
    ada, ben = pair
    assert len(LONG) > 300_000
    ada.paste(LONG)
    ada.saved(60)
    ben.reads(ben.text())
    wait_for(lambda: ben.whole(tmp_path) == LONG, lambda: "the long text has not arrived", 30)


def test_a_paste_that_is_too_long_changes_nothing_and_says_so(pair: tuple[Writer, Writer]) -> None:
    ada, _ = pair
    ada.type("Before. ")
    ada.paste("x" * 2_000_000)
    refusal = ada.page.get_by_role("alert").filter(has_text="too long, so nothing was inserted")
    expect(refusal).to_contain_text("There is room for 999,992 characters.")
    ada.saved()
    ada.type("After.")
    both_read(pair, "Before. After.")
    expect(refusal).to_be_hidden()


def test_half_a_pair_is_replaced_and_later_typing_is_saved(pair: tuple[Writer, Writer]) -> None:
    ada, ben = pair
    ada.type("Half: ")
    ada.insert(0xD83D)
    ada.type("!")
    both_read(pair, "Half: \ufffd!")
    ben.go_to(0)
    ben.type(" Whole: 🙂")
    both_read(pair, "Half: \ufffd! Whole: 🙂")


def test_line_ends_of_other_systems_shift_nothing(pair: tuple[Writer, Writer], tmp_path: Path) -> None:
    ada, ben = pair
    ada.paste("one\r\ntwo\rthree\r\n")
    ben.reads("one\ntwo\nthree\n")
    ben.go_to(3)
    ben.type("four")
    both_read(pair, "one\ntwo\nthree\nfour")
    assert ada.whole(tmp_path) == "one\ntwo\nthree\nfour"


def test_each_member_sees_the_cursors_of_the_others(pair: tuple[Writer, Writer]) -> None:
    ada, ben = pair
    ben.type("Here I am")
    caret = ada.page.locator(".who-caret")
    expect(caret).to_have_count(1)
    expect(caret.locator("[data-name='Ben']")).to_be_attached()
    expect(ada.page.get_by_role("status").filter(has_text="Ben has opened the notes")).to_be_attached()
    ben.page.keyboard.press("ControlOrMeta+a")
    expect(ada.page.locator(".who-selection")).to_have_text("Here I am")
    ben.page.goto("/")
    expect(caret).to_have_count(0, timeout=PATIENCE_MS)


def test_tasks_are_checked_in_the_text_and_in_the_reading_view_and_taken_along(
    pair: tuple[Writer, Writer], tmp_path: Path
) -> None:
    ada, ben = pair
    ada.type("- [ ] Order the cards\nTurn the handle\n\n## Next")
    ben.reads("- [ ] Order the cards\n- [ ] Turn the handle\n## Next")
    ada.page.get_by_role("checkbox", name="To do").first.click()
    ben.reads("- [x] Order the cards\n- [ ] Turn the handle\n## Next")
    ben.page.get_by_role("button", name="Read", exact=True).click()
    expect(ben.page.get_by_role("heading", name="Next", level=4)).to_be_visible()
    ben.page.get_by_role("checkbox", name="Turn the handle").check()
    ada.reads("- [x] Order the cards\n- [x] Turn the handle\n## Next")
    assert "Turn the handle\n" in ada.whole(tmp_path, "text")
    assert ">Next</h" in ada.whole(tmp_path, "web page")
    paper = ada.printed()
    assert (paper["parts"], paper["text"].split()[-1]) == (1, "Next")


def test_the_text_is_left_by_keyboard_and_heard_by_screen_readers(alone: Person) -> None:
    page = alone.page
    page.keyboard.press("n")
    panel = page.get_by_role("complementary", name="Notes")
    notes = Writer(alone)
    expect(notes.editor).to_be_focused()
    notes.type("- [ ] m is a letter here")
    expect(page.get_by_role("button", name="Mute")).to_be_visible()
    page.keyboard.press("Tab")
    notes.reads("  - [ ] m is a letter here")
    page.keyboard.press("ControlOrMeta+Enter")
    notes.reads("  - [x] m is a letter here")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate(OWN_CARET) is None
    expect(panel).to_be_visible()
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert serious(page) == []
    notes.editor.focus()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)


def test_a_version_is_kept_and_a_host_restores_it(pair: tuple[Writer, Writer]) -> None:
    ada, ben = pair
    ada.type("The first version")
    both_read(pair, "The first version")
    ada.person.join()
    ada.person.end()
    expect(ada.page.get_by_role("heading", name="The meeting is over")).to_be_visible()
    expect(ada.page.locator(".reading")).to_have_text("The first version")
    ada.open().go_to(0)
    ada.type(", changed after the call")
    ada.saved()
    ada.person.choose("Options for the notes", "Earlier versions")
    ada.person.press("Back")
    expect(ada.editor).to_be_visible()
    ada.person.choose("Options for the notes", "Earlier versions")
    ada.page.locator(".versions button").last.click()
    expect(ada.page.locator(".reading")).to_have_text("The first version")
    ada.person.press("Restore this version")
    ada.person.confirm("Restore")
    expect(ada.page.locator(".reading")).to_have_text("The first version")
    ben.open().reads("The first version")


def serious(page: Page) -> list[dict[str, object]]:
    """Return the serious faults that axe finds on a page."""
    page.evaluate(AXE.read_text("utf-8"))
    return [one for one in page.evaluate(RUN_AXE) if one["impact"] in SERIOUS]
