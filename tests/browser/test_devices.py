"""Cameras, microphones and speakers that fail, hang, disappear or change: what the page shows, sends and releases."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .people import Person, wait_for

People = Callable[..., Person]

DEVICES = Path(__file__).with_name("devices.js").read_text("utf-8")
WAIT = "() => { devices.waiting = Promise.withResolvers(); }"
ANSWER = "() => { devices.waiting.resolve(); devices.waiting = null; }"
# Until a permission is given, browsers tell that there are devices, and nothing about them.
UNNAMED = """
    devices.waiting = Promise.withResolvers();
    devices.list = all => devices.waiting && all.map(({ kind }) => ({ kind, deviceId: '', label: '' }));
"""
BUSY = """
    devices.fails.video = 'NotReadableError';
    devices.list = all => [...all, { kind: 'videoinput', deviceId: 'other', label: 'Another camera' }];
"""
MISSING = "devices.fails.video = 'NotFoundError';"
DIE = """
    kind => {
        const track = tracks.findLast(track => track.kind === kind && track.readyState === 'live');
        track.stop();
        track.dispatchEvent(new Event('ended'));
    }
"""
PLUG = "() => { devices.fails = {}; navigator.mediaDevices.dispatchEvent(new Event('devicechange')); }"
LIVE = "() => tracks.filter(track => track.readyState === 'live').map(track => track.kind).sort()"
GIVEN = "() => tracks.length"
HIDE = "() => dispatchEvent(new PageTransitionEvent('pagehide'))"
SENT = """
    kind => connections.at(-1).getSenders().map(sender => sender.track)
        .filter(track => track?.kind === kind && track.readyState === 'live' && track.enabled).map(track => track.label)
"""
# How much sound has come in, whatever connection it came on.
ENERGY = """
    async () => {
        let energy = 0;
        for (const pc of connections.filter(pc => pc.connectionState === 'connected'))
            for (const entry of (await pc.getStats()).values())
                if (entry.type === 'inbound-rtp' && entry.kind === 'audio') energy += entry.totalAudioEnergy;
        return energy;
    }
"""
# Sound needs a press, as in a browser that has never seen one on this page.
NO_SOUND = """
    const play = HTMLMediaElement.prototype.play;
    HTMLMediaElement.prototype.play = function () {
        return this.muted || window.pressed ? play.call(this) : Promise.reject(new DOMException('', 'NotAllowedError'));
    };
"""
AUDIBLE = "() => [...document.querySelectorAll('.tile:not([data-mine]) video')].map(one => !one.muted && !one.paused)"


@pytest.fixture
def tester(person: People) -> People:
    """Return a function that makes people with simulated devices; `rules` apply from the beginning."""

    def make(name: str, rules: str = "") -> Person:
        made = person(name)
        made.context.add_init_script(DEVICES)
        made.context.add_init_script(rules)
        return made

    return make


def live(page: Page) -> list[str]:
    """Return the kinds of all live tracks."""
    kinds: list[str] = page.evaluate(LIVE)
    return kinds


def captures(page: Page, *kinds: str) -> None:
    """Wait until exactly these kinds are captured."""
    wait_for(lambda: live(page) == sorted(kinds), lambda: f"captured: {live(page)}, wanted: {kinds}")


def has_given_back(page: Page) -> None:
    """Assert that everything captured was released."""
    captures(page)
    assert page.evaluate(GIVEN) > 0


def heard_from(listener: Person) -> None:
    """Wait until new sound arrives."""
    before = listener.page.evaluate(ENERGY)
    wait_for(lambda: listener.page.evaluate(ENERGY) > before, lambda: f"{listener.name} hears nothing")


def test_devices_in_a_call_are_pressed_twice_die_come_back_and_are_changed(tester: People) -> None:
    ada = tester("Ada").sign_in()
    link = ada.meet()
    ada.join()
    ben = tester("Ben").sign_in(link)
    ben.join()
    ben.sees("Ada")
    tile = ben.tile("Ada")

    # pressed twice while it opens, by click and by key
    ada.press("Camera off")
    ada.page.evaluate(WAIT)
    ada.press("Camera on")
    ada.page.keyboard.press("v")
    ada.page.evaluate(ANSWER)
    captures(ada.page, "audio")
    expect(ada.page.get_by_role("button", name="Camera on")).to_be_visible()
    expect(tile.locator(".initial")).to_be_visible()
    assert ada.page.evaluate(SENT, "video") == []
    ada.press("Camera on")
    ben.sees("Ada")
    captures(ada.page, "audio", "video")

    # the camera is unplugged, and plugged in again
    ada.page.evaluate(f"() => {{ {MISSING} }}")
    ada.page.evaluate(DIE, "video")
    expect(ada.page.get_by_text("Your camera was unplugged").first).to_be_visible()
    expect(tile.locator(".initial")).to_be_visible()
    ada.page.evaluate(PLUG)
    ben.sees("Ada")

    # the microphone dies while it is muted: what is sent afterwards lives
    ada.press("Mute")
    ada.page.evaluate(DIE, "audio")
    ada.press("Unmute")
    expect(tile.get_by_text("muted")).not_to_be_attached()
    wait_for(lambda: len(ada.page.evaluate(SENT, "audio")) == 1, lambda: "no microphone is sent")
    heard_from(ben)

    # another microphone
    ada.press("Microphone settings")
    choice = ada.page.get_by_role("group", name="Microphone").get_by_role("menuitemradio", checked=False).last
    name = choice.inner_text()
    choice.click()
    ada.page.keyboard.press("Escape")
    wait_for(lambda: ada.page.evaluate(SENT, "audio") == [name], lambda: f"{name} is not sent")
    captures(ada.page, "audio", "video")
    heard_from(ben)


def test_a_member_that_is_out_gives_everything_back(tester: People) -> None:
    ada = tester("Ada").sign_in()
    link = ada.meet()
    ada.join()
    ben, cy, di = (tester(name).sign_in(link) for name in ("Ben", "Cy", "Di"))
    for one in (ben, cy, di):
        one.join()
        captures(one.page, "audio", "video")

    assert ben.page.evaluate(GIVEN) == 2  # the call took over what the lobby had opened
    ben.press("Share screen")
    expect(ben.page.get_by_role("button", name="Stop sharing")).to_be_visible()
    ben.press("Leave")
    has_given_back(ben.page)
    ben.problems.clear()  # connections were still being made: what was sent for them is refused, and logged

    # another window takes the call over
    first, cy.page = cy.page, cy.context.new_page()
    cy.page.goto(first.url)
    cy.join()
    has_given_back(first)
    captures(cy.page, "audio", "video")

    # out while the browser is still asking
    di.press("Camera off")
    di.page.evaluate(WAIT)
    di.press("Camera on")
    ada.press("People")
    ada.act_on("Di", "Remove")
    ada.confirm("Remove")
    expect(di.page.get_by_role("heading", name="A host has removed you")).to_be_visible()
    di.page.evaluate(ANSWER)
    has_given_back(di.page)
    di.problems.clear()  # the refusals are logged

    ada.end()
    for one in (ada, cy):
        expect(one.page.get_by_role("heading", name="The meeting is over")).to_be_visible()
        has_given_back(one.page)


def test_a_prompt_that_is_ignored_lets_one_enter_and_devices_follow(tester: People) -> None:
    ada = tester("Ada", MISSING).sign_in()
    link = ada.meet()
    expect(ada.page.get_by_text("No camera was found")).to_be_visible()
    expect(ada.page.get_by_role("button", name="Microphone on")).to_be_visible()
    ada.join()
    captures(ada.page, "audio")
    ben = tester("Ben", UNNAMED).sign_in(link)
    expect(ben.page.get_by_text("Waiting for your permission").first).to_be_visible()
    ben.join()
    expect(ada.tile("Ben").locator(".initial")).to_be_visible()
    expect(ada.tile("Ben").get_by_text("muted")).to_be_attached()
    heard_from(ben)
    ben.page.evaluate(ANSWER)
    ada.sees("Ben")
    expect(ada.tile("Ben").get_by_text("muted")).not_to_be_attached()


def test_a_busy_camera_is_exchanged_for_another_one(tester: People) -> None:
    ada = tester("Ada", BUSY).sign_in()
    ada.meet()
    picker = ada.page.get_by_label("Camera", exact=True)
    expect(ada.page.get_by_text("The camera is in use by another program")).to_be_visible()
    captures(ada.page, "audio")
    picker.select_option("Another camera")
    captures(ada.page, "audio", "video")
    expect(ada.page.get_by_role("button", name="Camera on")).to_be_visible()
    expect(ada.page.get_by_text("in use by another program")).to_be_hidden()
    expect(ada.page.get_by_label("Speaker")).to_be_visible()
    ada.press("Test the sound")
    ada.page.evaluate(HIDE)
    has_given_back(ada.page)


def test_sound_that_is_held_back_waits_for_one_press(tester: People) -> None:
    ada = tester("Ada").sign_in()
    link = ada.meet()
    ada.join()
    ben = tester("Ben", NO_SOUND).sign_in(link)
    ben.join()
    ben.sees("Ada")
    assert ben.page.evaluate(AUDIBLE) == [False]
    button = ben.page.get_by_role("button", name="Click to hear")
    button.click(trial=True)
    ben.page.evaluate("() => { window.pressed = true; }")
    button.click()
    expect(button).to_be_hidden()
    wait_for(lambda: ben.page.evaluate(AUDIBLE) == [True], lambda: "the sound is still held back")
    cy = tester("Cy").sign_in(link)
    cy.join()
    ben.sees("Ada", "Cy")
    assert ben.page.evaluate(AUDIBLE) == [True, True]
    assert not re.search("Click to hear", ben.text())
