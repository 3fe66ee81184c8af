"""Captions and transcripts on the page: agreed to by each speaker, read by all, corrected, searched and taken along."""

import re
from collections.abc import Callable
from pathlib import Path
from time import time

import pytest
from playwright.sync_api import expect

from tests.support.live import LiveServer

from .captions import Reader, Speaker
from .people import Person
from .test_looks import look

People = Callable[..., Person]
SLOW_MS = 20_000
# Final words leave the screen after this time, and a busy browser needs some more.
GONE_MS = 12_000
MANY = 120


@pytest.fixture
def readers(person: People) -> tuple[Reader, Reader, str]:
    """Return two people in a call, the first one its host, with the invitation link."""
    ada, ben = Reader(person("Ada").with_a_face()), Reader(person("Ben").with_a_face())
    for one in (ada, ben):
        one.door.stand_in()
    link = ada.person.sign_in().meet()
    ada.person.join()
    ben.person.sign_in(link).join()
    ada.person.sees("Ben")
    return ada, ben, link


@pytest.fixture
def silent(readers: tuple[Reader, Reader, str]) -> tuple[Reader, Reader, str]:
    """Return two people in a call who are muted, so that the words of others are all there is."""
    for one in readers[:2]:
        one.person.press("Mute")
    return readers


def test_words_reach_all_while_they_are_spoken_and_leave_the_screen(
    silent: tuple[Reader, Reader, str], server: LiveServer
) -> None:
    ada, ben, link = silent
    ada.turn_on()
    for one in (ada, ben):
        one.answer("Keep them out")
    cleo = Speaker(server, "Cleo", link)
    cleo.begins("the mill grinds")
    for one in (ada, ben):
        one.reads("Cleo", "the mill grinds")
    cleo.says("The mill grinds slowly, and the store of the engine keeps every number.")
    cleo.begins("So")
    for one in (ada, ben):
        one.reads("Cleo", "The mill grinds slowly, and the store of", "the engine keeps every number. So")
        assert one.captions.locator("[aria-live], [role=log]").count() == 0
    look(ada.page, "8-captions")
    cleo.says("So be it.")
    expect(ben.captions.locator("p", has_text="Cleo")).to_have_count(0, timeout=GONE_MS)
    ben.open()
    expect(ben.panel.get_by_role("status").first).to_contain_text("Nothing is kept. Turned on by Ada")
    expect(ben.page.get_by_role("button", name="Keep a transcript")).to_have_count(0)


def test_captions_are_hidden_by_a_key_and_shown_as_this_device_likes(
    silent: tuple[Reader, Reader, str], server: LiveServer
) -> None:
    ada, ben, link = silent
    ben.page.keyboard.press("t")
    expect(ben.panel).to_be_visible()
    ben.page.keyboard.press("Escape")
    ada.turn_on()
    ada.answer("Keep them out")
    expect(ada.captions).to_be_visible()
    ada.page.keyboard.press("t")
    expect(ada.captions).to_be_hidden()
    ada.page.keyboard.press("t")
    ada.open()
    ada.person.press("How captions look")
    ada.page.get_by_role("menuitemradio", name="Extra large").click()
    ada.page.get_by_role("menuitemcheckbox", name="Strong contrast").click()
    expect(ada.page.get_by_role("menuitemradio", name="Extra large")).to_be_checked()
    ada.page.keyboard.press("Escape")
    Speaker(server, "Cleo", link).begins("The mill grinds slowly, and the store keeps every number of the engine.")
    expect(ada.captions.locator("p > span")).to_have_count(2)
    look(ada.page, "8-captions-large")
    ada.page.reload()
    ada.person.join()
    expect(ada.captions).to_have_attribute("data-size", "XL")


def test_nothing_is_heard_of_a_member_before_they_agree_or_after_they_refuse(
    readers: tuple[Reader, Reader, str],
) -> None:
    ada, ben, _ = readers
    ada.turn_on()
    for one, subject in ((ada, "You have"), (ben, "Ada has")):
        expect(one.page.get_by_text(f"{subject} turned on captions. May your words be shown?")).to_be_visible()
    expect(ben.page.locator(".news")).to_have_text("Ada has turned on captions.")
    look(ben.page, "8-asked")
    assert [one.door.count for one in (ada, ben)] == [0, 0]
    ben.answer("Keep them out")
    ada.answer("Show my words")
    ada.door.hears(10)
    assert ben.door.count == 0
    expect(ada.person.tile("Ben").get_by_text("not captioned")).to_be_attached()
    # Agreed to captions is not agreed to a transcript.
    before = len(ada.door.frames)
    ada.turn_on("Keep a transcript")
    expect(ada.page.get_by_text("You keep a transcript. May your words be in it?")).to_be_visible()
    ada.answer("Keep them out")
    expect(ben.person.tile("Ada").get_by_text("not captioned")).to_be_attached()
    assert ada.door.said[0]["meetingId"] == ada.page.url.rsplit("/", 1)[-1]
    assert ada.door.sequences[:before] == list(range(1, before + 1))
    ada.open()
    expect(ada.panel.get_by_role("checkbox", name="Caption my words")).not_to_be_checked()


def test_speech_is_sent_while_the_microphone_is_on_and_again_after_a_failure(
    readers: tuple[Reader, Reader, str],
) -> None:
    ada, _, _ = readers
    door = ada.door
    ada.turn_on()
    ada.answer("Show my words")
    door.hears(10)
    for _, at in door.frames:
        assert abs(at / 1000 - time()) < 30, "frames have the time at which they were captured"
    door.tell(type="through", sequence=5)
    door.cut()
    door.until(lambda: door.count == 2)
    door.hears(25)
    again = next(place for place, sequence in enumerate(door.sequences[1:], 1) if sequence <= door.sequences[place - 1])
    assert door.sequences[again] == 6
    ada.person.press("Mute")
    door.until(lambda: door.said[-1]["type"] == "flush")
    count = len(door.frames)
    ada.page.wait_for_timeout(2_500)
    assert len(door.frames) == count, "nothing is sent while the microphone is muted"
    ada.person.press("Unmute")
    door.hears(count + 5)
    door.tell(type="paused", reason="engine", retryAfterMs=60_000)
    expect(ada.captions.get_by_role("status")).to_have_text("Captions paused: no answer from the engine.")
    ada.person.press("Leave")
    expect(ada.page.get_by_role("heading", name="You have left")).to_be_visible()


def test_a_late_joiner_is_told_in_the_lobby_and_asked_in_the_call(person: People) -> None:
    ada = Reader(person("Ada").sign_in())
    link = ada.person.meet()
    ada.person.join()
    ada.turn_on("Keep a transcript")
    ben = Reader(person("Ben").sign_in(link))
    expect(ben.page.get_by_text("A transcript of this meeting is kept")).to_be_visible()
    look(ben.page, "8-lobby")
    ben.person.join()
    expect(ben.page.locator(".call-header .tag")).to_have_text("Transcript")
    ben.answer("Keep them out")
    expect(ben.captions).to_be_visible()


def test_a_transcript_is_followed_searched_and_corrected_beside_the_call(
    silent: tuple[Reader, Reader, str], server: LiveServer
) -> None:
    ada, ben, link = silent
    ada.turn_on("Keep a transcript")
    for one in (ada, ben):
        one.answer("Keep them out")
    cleo, dora = Speaker(server, "Cleo", link), Speaker(server, "Dora", link)
    for number in range(1, MANY + 1):
        (dora if number % 2 else cleo).says(
            f"Card {number} of the engine is {'punched twice' if number == 7 else 'ready'}.", seconds=0.1
        )
    for one in (ada, ben):
        one.open()
        expect(one.words.last).to_contain_text(f"Card {MANY}")
        expect(one.words.last).to_be_in_viewport()
    look(ada.page, "8-panel")
    ada.page.get_by_role("searchbox").fill("punched twi")
    ada.page.get_by_role("button", name=re.compile("punched twice")).click()
    found = ada.page.locator("li[data-found]")
    expect(found).to_contain_text("Card 7 of the engine")
    expect(found).to_be_in_viewport()
    look(ada.page, "8-panel-found")
    found.hover()
    ada.page.get_by_role("button", name="Correct “Card 7 of").click()
    field = ada.page.get_by_role("textbox", name="Correct the words")
    field.fill("Card 7 of the engine is punched again.")
    look(ada.page, "8-panel-correcting")
    field.press("Enter")
    expect(found).to_contain_text("Card 7 of the engine is punched again. corrected")
    expect(ben.page.get_by_role("button", name=re.compile("^Correct"))).to_have_count(0)
    cleo.says("The last card.")
    expect(ben.words.last).to_have_text("The last card.", timeout=SLOW_MS)
    expect(ben.words.last).to_be_in_viewport()
    expect(ada.page.get_by_text("The last card.", exact=True).and_(ada.words)).to_have_count(0)
    ada.person.press("Newest")
    expect(ada.words.last).to_have_text("The last card.")
    expect(ada.words.last).to_be_in_viewport()
    ada.page.get_by_text("Who spoke for how long").click()
    expect(ada.page.locator(".speaking-times li").filter(has_text="Cleo")).to_be_visible()


def test_the_transcript_is_read_and_taken_along_after_the_call(
    silent: tuple[Reader, Reader, str], server: LiveServer, tmp_path: Path
) -> None:
    ada, ben, link = silent
    ada.turn_on("Keep a transcript")
    ada.answer("Keep them out")
    ben.answer("Keep them out")
    cleo = Speaker(server, "Cleo", link)
    dora = Speaker(server, "Dora", link)
    for number in range(1, 4):
        cleo.says(f"Point {number} is <open> & new.")
    dora.says("I shall take these words back.")
    cleo.says("That is all.")
    dora.call("transcripts/editing:deleteMine", meetingId=dora.meeting)
    ada.person.end()
    for one in (ada, ben):
        expect(one.page.get_by_role("heading", name="Transcript")).to_be_visible()
        expect(one.words).to_have_text(
            [*(f"Point {number} is <open> & new." for number in range(1, 4)), "That is all."], timeout=SLOW_MS
        )
        expect(one.page.get_by_text("Words were deleted here.")).to_be_visible()
    look(ada.page, "8-after")
    endings = {
        "text": "txt",
        "Markdown": "md",
        "subtitles (WebVTT)": "vtt",
        "subtitles (SRT)": "srt",
        "data (JSON)": "json",
    }
    for name, ending in endings.items():
        with ada.page.expect_download() as download:
            ada.person.choose("Options for the transcript", f"Save as {name}")
        assert download.value.suggested_filename == f"Planning – transcript.{ending}"
        file = tmp_path / ending
        download.value.save_as(file)
        content = file.read_text("utf-8")
        assert "Point 2 is" in content
        assert "take these words back" not in content
    ben.person.press("Options for the transcript")
    assert ben.page.get_by_role("menuitem").all_inner_texts() == ["Copy everything"]
    ben.page.keyboard.press("Escape")
    ada.person.choose("Options for the transcript", "Delete the transcript")
    ada.person.confirm("Delete the transcript")
    for one in (ada, ben):
        expect(one.words).to_have_count(0, timeout=SLOW_MS)
        expect(one.page.get_by_text("No words were kept.")).to_be_visible()
