"""Browsers hold a call at GetStream, with a fake of its client that carries the media.

What this shows is the page's part: that it loads the file of the operator, under its own policy, and uses the interface
as the real client has it. What GetStream does beyond that, no stand-in can tell.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support.getstream_double import KEY, SECRET, GetStreamDouble, getstream_double

from .media_server import Attendant, call, everybody_sees_everybody
from .mortal import MortalServer
from .people import Person, wait_for
from .stream_place import StreamPlace

DOUBLE = Path(__file__).with_name("getstream_standin.js")
UNSUPPORTED = "This meeting uses a media service that this page cannot connect to"
MOVED_BACK = "The room has moved: sound and video go directly"
MAX_SECONDS = 180
# How loud somebody is heard at most, over a while, from what arrives of their sound.
LOUDNESS = """
    async () => {
        const [audio] = document.querySelector('.tile:not([data-mine]) video').srcObject.getAudioTracks();
        if (!audio) return 0;
        const context = new AudioContext();
        const analyser = context.createAnalyser();
        context.createMediaStreamSource(new MediaStream([audio])).connect(analyser);
        const wave = new Float32Array(analyser.fftSize);
        let most = 0;
        for (let nth = 0; nth < 40; nth += 1) {
            await new Promise(done => setTimeout(done, 50));
            analyser.getFloatTimeDomainData(wave);
            most = Math.max(most, ...wave.map(Math.abs));
        }
        await context.close();
        return most;
    }
"""
HEARD = 0.01
Gather = Callable[..., list[Attendant]]


@pytest.fixture
def double() -> Iterator[GetStreamDouble]:
    """Start a fake of GetStream's API."""
    with getstream_double() as running:
        yield running


@pytest.fixture
def place(double: GetStreamDouble) -> Iterator[StreamPlace]:
    """Start the relay between the fake clients."""
    made = StreamPlace(double)
    yield made
    made.close()


@pytest.fixture
def server(tmp_path: Path, double: GetStreamDouble, place: StreamPlace) -> Iterator[MortalServer]:
    """Return a server with both, not started yet."""
    made = MortalServer(
        tmp_path,
        CONNVO_GETSTREAM_API_KEY=KEY,
        CONNVO_GETSTREAM_API_SECRET=SECRET,
        CONNVO_GETSTREAM_BASE_URL=double.url,
        CONNVO_GETSTREAM_CLIENT_URL=place.url,
    )
    yield made
    made.kill()


@pytest.fixture
def gather(person: Callable[..., Person], server: MortalServer) -> Gather:
    """Let people meet at GetStream, the first as the host."""

    def gathering(*names: str) -> list[Attendant]:
        host, *guests = [person(name, server.url) for name in names]
        host.sign_in()
        expect(host.page.get_by_role("heading", name="My meetings")).to_be_visible()
        meeting: str = call(host, "meetings/lifecycle:createMeeting", title="Planning", maxParticipants=8)["meetingId"]
        call(host, "meetings/lifecycle:startMeeting", meetingId=meeting)
        host.page.goto(f"/m/{meeting}")
        link = host.link()
        come = [Attendant(host, meeting)]
        for guest in guests:
            guest.sign_in(link)
            come.append(Attendant(guest, meeting))
        return come

    return gathering


def room(one: Attendant) -> str:
    """Return the id of a meeting's GetStream call."""
    return f"getstream_{one.meeting_id}"


@pytest.mark.timeout(MAX_SECONDS)
def test_two_see_and_hear_each_other_through_the_client_of_the_operator(
    gather: Gather, server: MortalServer, place: StreamPlace
) -> None:
    server.start(CONNVO_GETSTREAM_CLIENT=str(DOUBLE))
    ada, ben = gather("Ada", "Ben")
    everybody_sees_everybody([ada, ben])
    assert ada.place() == ("getstream", 0)
    assert place.people(room(ada)) == sorted([ada.user_id, ben.user_id])
    for one in (ada, ben):
        before = one.person.decoded()
        wait_for(lambda one=one, before=before: one.person.decoded() > before, lambda: "no frame is decoded")  # type: ignore[misc]

    assert ben.person.page.evaluate(LOUDNESS) > HEARD
    ada.person.press("Mute")
    wait_for(lambda: ben.person.page.evaluate(LOUDNESS) < HEARD, lambda: "who is muted is heard")
    ada.person.press("Unmute")
    wait_for(lambda: ben.person.page.evaluate(LOUDNESS) > HEARD, lambda: "nothing is heard after unmuting")

    ada.person.press("Camera off")
    wait_for(lambda: _stands_still(ben), lambda: "the picture goes on")
    ada.person.press("Camera on")
    ben.person.sees("Ada")
    ada.person.press("Share screen")
    ben.person.sees("Ada")

    ben.person.press("Leave")
    wait_for(lambda: place.people(room(ada)) == [ada.user_id], lambda: str(place.people(room(ada))))
    wait_for(lambda: ada.person.frames() == {}, lambda: str(ada.person.frames()))


@pytest.mark.timeout(MAX_SECONDS)
def test_when_getstream_is_gone_the_room_moves_to_the_mesh(
    gather: Gather, server: MortalServer, place: StreamPlace, double: GetStreamDouble
) -> None:
    server.start(CONNVO_GETSTREAM_CLIENT=str(DOUBLE))
    pair = gather("Ada", "Ben")
    everybody_sees_everybody(pair)
    for one in pair:
        one.watch()
    double.fail(500)
    place.close()
    for one in pair:
        one.hears(MOVED_BACK)
    everybody_sees_everybody(pair)
    assert {one.place() for one in pair} == {("webrtc", 1)}
    for one in pair:
        one.person.problems.clear()  # what browsers log by themselves when a server is gone


def test_without_a_client_the_page_says_that_nobody_can_be_seen_here(
    gather: Gather, server: MortalServer, place: StreamPlace
) -> None:
    server.start()
    [ada] = gather("Ada")
    expect(ada.person.page.get_by_text(UNSUPPORTED)).to_be_visible()
    assert place.people(room(ada)) == []


def _stands_still(one: Attendant) -> bool:
    before: dict[str, Any] = one.person.frames()
    one.person.page.wait_for_timeout(500)
    return one.person.frames() == before
