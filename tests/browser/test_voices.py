"""Recorded voices at the microphones of two Chromium and one Firefox: their words, with their names, on every screen.

The call goes from browser to browser first, and then through a real Janus.
"""

import base64
import io
import json
import wave
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from time import monotonic

import pytest
from playwright.sync_api import Browser, Playwright, expect

from tests.support.chromium import FLAGS, chromium
from tests.support.clips import RATE, SILENCE, audio, clips, errors, words
from tests.support.firefox import launch
from tests.support.sound import sounding

from .captions import Reader
from .conftest import gathering
from .firefox import FirefoxPerson
from .media_server import MediaHouse, call
from .people import Person, wait_for

VOICE = Path(__file__).with_name("voice.js")
# The clip that each of them says, over and over.
SAYS = {"Ada": "austen-0880", "Ben": "austen-0930", "Eve": "forward"}
MAX_ERROR_RATE = 0.15
# Long enough that the recogniser of a small machine keeps pace.
PAUSE_SECONDS = 6
MESH = len(SAYS)
MAX_SECONDS = 300
# Three recordings and their words, and the load of three browsers on a small machine.
VOICE_SECONDS = 90.0
CONNECT_MS = 30_000
# Every recording begins again within this time.
LOOP_SECONDS = 12.0


def recording(name: str) -> bytes:
    """Return what a person says as a WAVE file, with a pause at its end."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(audio(SAYS[name]) + PAUSE_SECONDS * SILENCE)
    return file.getvalue()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[MediaHouse]:
    """Start a server with a Janus."""
    made = MediaHouse(tmp_path, MESH)
    yield made
    made.close()


@pytest.fixture
def speakers(playwright: Playwright, house: MediaHouse, tmp_path: Path) -> Iterator[list[Person]]:
    """Return three people who speak: Ada and Ben in Chromium, Eve in Firefox."""
    with ExitStack() as stack:
        browsers = []
        for name in ("Ada", "Ben"):
            file = tmp_path / f"{name}.wav"
            file.write_bytes(recording(name))
            flags = [*FLAGS, f"--use-file-for-fake-audio-capture={file}"]
            browsers.append(playwright.chromium.launch(executable_path=chromium(), args=flags))
            stack.callback(browsers[-1].close)
        fox = launch(playwright, tmp_path, environment=stack.enter_context(sounding()))
        stack.callback(fox.close)
        made = stack.enter_context(gathering())
        made += [Person(browser, house.server.url, name) for browser, name in zip(browsers, SAYS, strict=False)]
        made.append(FirefoxPerson(fox, house.server.url, "Eve"))
        encoded = json.dumps(base64.b64encode(recording("Eve")).decode())
        made[-1].context.add_init_script(f"({VOICE.read_text('utf-8')})({encoded})")
        yield made


def enter(one: Person) -> Reader:
    """Go into the room without a camera."""
    one.press("Camera on")
    one.join()
    return Reader(one)


def shown(reader: Reader) -> list[tuple[int, str, str]]:
    """Return the pieces of the transcript on a screen: sequence, name and words."""
    rows = reader.panel.locator("li[data-sequence]")
    found: list[tuple[int, str, str]] = rows.evaluate_all(
        "rows => rows.map(row => [Number(row.dataset.sequence), row.querySelector('strong').innerText,"
        " row.querySelector('.chunk-text').innerText])"
    )
    return found


def newest(reader: Reader) -> int:
    """Return the sequence of the newest piece on a screen, 0 if there is none."""
    return max((sequence for sequence, _, _ in shown(reader)), default=0)


def reads(reader: Reader, other: str, after: int) -> None:
    """Wait until a screen has what another person says, said after a piece of the transcript."""
    said = clips()[SAYS[other]]
    most = MAX_ERROR_RATE * len(words(said))

    def is_read() -> bool:
        return any(
            by == other and sequence > after and errors(said, text) <= most for sequence, by, text in shown(reader)
        )

    name = reader.person.name
    wait_for(
        is_read,
        lambda: f"{other} said {said!r}, and {name} reads {shown(reader)}; {reader.person.text()}",
        VOICE_SECONDS,
    )


def reads_everybody(readers: dict[str, Reader], after: int) -> None:
    """Wait until all screens have what every other person says, said after a piece of the transcript."""
    for name, reader in readers.items():
        for other in SAYS.keys() - {name}:
            reads(reader, other, after)


def falls_silent(reader: Reader) -> None:
    """Wait until a screen gets no new words for longer than a recording lasts; those said before may still come."""
    last, since = newest(reader), monotonic()

    def is_silent() -> bool:
        nonlocal last, since
        found = newest(reader)
        if found != last:
            last, since = found, monotonic()
        return monotonic() - since > LOOP_SECONDS

    wait_for(is_silent, lambda: f"{reader.person.name} still gets words: {shown(reader)[-5:]}", VOICE_SECONDS)


def keeps_the_names(reader: Reader) -> None:
    """Check that no words have the name of another person than the one whose recording has them."""
    for _, by, text in shown(reader):
        name = reader.person.name if by == "You" else by
        # A piece that begins in the middle of a recording has some of its words.
        right = {one: len(words(clips()[clip])) - errors(clips()[clip], text) for one, clip in SAYS.items()}
        assert right[name] == max(right.values()), (by, text)


@pytest.mark.timeout(MAX_SECONDS)
@pytest.mark.crowd
def test_voices_are_read_with_their_names_on_every_screen_and_through_janus(
    speakers: list[Person], house: MediaHouse, browser: Browser
) -> None:
    ada, ben, eve = speakers
    link = ada.sign_in().meet()
    readers = {"Ada": enter(ada)}
    for one in (ben, eve):
        readers[one.name] = enter(one.sign_in(link))
    for one in speakers:
        for other in SAYS.keys() - {one.name}:
            expect(one.tile(other)).to_have_attribute("data-health", "connected", timeout=CONNECT_MS)
    readers["Ada"].turn_on("Keep a transcript")
    for reader in readers.values():
        reader.answer("Put my words in")
    expect(readers["Ben"].lines_of("Eve").first).to_be_visible(timeout=VOICE_SECONDS * 1000)
    for reader in readers.values():
        reader.open()
    reads_everybody(readers, after=0)

    meeting = ada.page.url.rsplit("/", 1)[-1]
    assert call(ada, "meetings/webrtc/recovery:getRoomState", meetingId=meeting)["provider"] == "webrtc"
    with gathering() as guests:
        di = Person(browser, house.server.url, "Di").sign_in(link)
        guests.append(di)
        di.press("Microphone on")
        enter(di)

        def is_at_janus() -> bool:
            state = call(ada, "meetings/webrtc/recovery:getRoomState", meetingId=meeting)
            return (state["provider"], state["state"]) == ("janus", "ready")

        wait_for(is_at_janus, ada.text, CONNECT_MS / 1000)
        for other in SAYS:
            expect(di.tile(other)).to_have_attribute("data-health", "connected", timeout=CONNECT_MS)
        reads_everybody(readers, after=newest(readers["Ada"]))
        for one in speakers:
            one.press("Mute")
        falls_silent(readers["Ada"])
        last = newest(readers["Ada"])
        for reader in readers.values():
            assert newest(reader) == last
            keeps_the_names(reader)
