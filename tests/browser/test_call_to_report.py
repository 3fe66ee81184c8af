"""Two browsers from the lobby over a call with a real voice to a report that both edit."""

import wave
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, Playwright, expect

from tests.support.chromium import FLAGS, chromium
from tests.support.clips import RATE, SILENCE, audio, clips, errors, words
from tests.support.live import LiveServer

from .captions import Reader
from .conftest import gathering
from .people import Person, wait_for
from .test_looks import PICTURES, look
from .words import Speaker

People = Callable[..., Person]
CLIPS = ("austen-0870", "austen-0880", "austen-0890", "austen-0920", "austen-0930")
# A slow machine recognises little in the time of a test, and a report needs forty words.
TALK = (
    "The house of the Dashwoods goes to the eldest son, and the sisters move to a cottage in the country.",
    "We decided to sell the house of the Dashwoods in spring. I will write to the lawyer about the cottage by Friday.",
)
MAX_ERROR_RATE = 0.15
MAX_SECONDS = 240
# The recordings, their words, and the load of two browsers on a small machine.
VOICE_MS = 90_000
MADE_MS = 45_000
# The last words are stored within the first of these; the next ones would come within the second.
QUIET_MS = 6_000
LOOP_MS = 8_000


@pytest.fixture(scope="module")
def speaking(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Start a browser whose microphone plays recordings over and over, with a pause after each."""
    file = tmp_path_factory.mktemp("voice") / "voice.wav"
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(b"".join(audio(name) + 2 * SILENCE for name in CLIPS))
    flags = [*FLAGS, f"--use-file-for-fake-audio-capture={file}"]
    browser = playwright.chromium.launch(executable_path=chromium(), args=flags)
    yield browser
    browser.close()


def ideas(page: Page) -> Locator:
    """Return the ideas in the lobby."""
    return page.get_by_role("region", name="Ideas to begin with").get_by_role("listitem")


def overview(page: Page) -> Locator:
    """Return the statements of the overview."""
    report = page.get_by_role("region", name="Report")
    return report.get_by_role("region", name="Overview").get_by_role("listitem")


def edit(person: Person, place: int, text: str) -> None:
    """Give a statement of the overview another text."""
    overview(person.page).nth(place).get_by_role("button", name="Options for").click()
    person.page.get_by_role("menuitem", name="Edit").click()
    person.page.get_by_label("Text").fill(text)
    person.press("Save")


@pytest.mark.timeout(MAX_SECONDS)
def test_a_real_voice_becomes_a_report_that_both_edit_and_no_word_is_taken_after_a_mute(
    person: People, speaking: Browser, server: LiveServer
) -> None:
    PICTURES.mkdir(exist_ok=True)
    ben = Reader(person("Ben").sign_in())
    link = ben.person.meet("The Dashwoods")
    expect(ideas(ben.page).first).to_contain_text("“The Dashwoods”")
    with gathering() as made:
        ada = Reader(Person(speaking, server.url, "Ada").sign_in(link))
        made.append(ada.person)
        expect(ideas(ada.page).first).to_contain_text("“The Dashwoods”")
        for one in (ben, ada):
            one.person.join()
        ben.person.press("Mute")
        ben.person.sees("Ada")
        ben.turn_on("Keep a transcript")
        ben.answer("Keep them out")
        ada.answer("Put my words in")
        expect(ben.captions.locator("p", has_text="Ada").locator("> span").first).to_be_visible(timeout=VOICE_MS)
        ben.open()

        def is_read() -> bool:
            texts = ben.words.all_inner_texts()
            said = [clips()[name] for name in CLIPS]
            return any(errors(one, text) <= MAX_ERROR_RATE * len(words(one)) for one in said for text in texts)

        wait_for(is_read, lambda: f"{ben.words.all_inner_texts()}; {ada.person.text()}", VOICE_MS / 1000)
        expect(ben.panel.locator(".chunk-by").first).to_contain_text("Ada")
        ada.person.press("Mute")
        ben.page.wait_for_timeout(QUIET_MS)
        count = ben.words.count()
        ben.page.wait_for_timeout(LOOP_MS)
        assert ben.words.count() == count, "no word is taken while the microphone is muted"
        ben.panel.get_by_role("button", name="Close").click()
        cy = Speaker(server, link, "Cy").join()
        for text in TALK:
            cy.say(text)
        ben.person.end()
        for one in (ben, ada):
            expect(one.page.get_by_role("region", name="Report")).to_contain_text("Made by rules", timeout=MADE_MS)
        expect(ben.page.get_by_role("region", name="Speaking time")).to_contain_text("Ada")
        expect(ben.page.get_by_role("region", name="Decisions")).to_contain_text("the house of the Dashwoods")
        edit(ada.person, 0, "The Dashwoods are introduced.")
        expect(overview(ben.page).first).to_contain_text("The Dashwoods are introduced.")
        edit(ben.person, 0, "The Dashwoods are introduced, and judged.")
        expect(overview(ada.page).first).to_contain_text("and judged.")
        expect(overview(ada.page).first).to_contain_text("edited")
        look(ben.page, "9-voice-report")
