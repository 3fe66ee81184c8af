"""Joining a call while the connection is lost at any step, or absent."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from .media_server import Attendant, MediaHouse, call
from .mortal import MortalServer
from .people import Person

People = Callable[..., Person]
# Closes the page's socket to the server once at each of these calls: before it is sent, or when it has been.
CUTS = """
    window.cuts = %s;
    window.cutAfter = %s;
    window.WebSocket = class extends window.WebSocket {
        send(data) {
            const nth = this.protocol ? -1 : window.cuts.findIndex(name => String(data).includes(name));
            const lost = nth >= 0;
            if (!lost || window.cutAfter) super.send(data);
            if (!lost) return;
            window.cuts.splice(nth, 1);
            this.close();
            setTimeout(() => dispatchEvent(new Event('online')), 100);
        }
    };
"""
STEPS = [
    "getRoomState",
    "createWebRTCSession",
    "updateSessionState",
    "getICEServers",
    "getPendingSignals",
    "exchangeSessionDescription",
    "exchangeICECandidate",
    "markSignalsProcessed",
    "monitorConnectionQuality",
]
STEPS_AT_JANUS = ["createWebRTCSession", "getICEServers", "enterMediaRoom", "enterMediaRoom"]
# Has the media server announce, beside each feed, a newer one of the same person that is gone by the time it is asked.
GHOSTS = """
    window.WebSocket = class extends window.WebSocket {
        set onmessage(handle) {
            super.onmessage = this.protocol ? event => handle({ data: haunted(event.data) }) : handle;
        }
    };
    function haunted(text) {
        const message = JSON.parse(text);
        const publishers = message.plugindata?.data?.publishers;
        for (const { id } of publishers ? [...publishers] : [])
            publishers.push({ id: id.slice(0, id.lastIndexOf('.')) + '.gone' });
        return JSON.stringify(message);
    }
"""
CONNECTIONS = "() => window.connections.length"
AWAY = "The server is not responding"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[MediaHouse]:
    """Start a server with a Janus that carries every meeting of more than two."""
    made = MediaHouse(tmp_path, 2)
    yield made
    made.close()


@pytest.mark.parametrize("after", ["false", "true"], ids=["before it is sent", "after it is sent"])
def test_joining_survives_a_connection_that_is_lost_at_every_step(person: People, after: str) -> None:
    ada = person("Ada").sign_in()
    link = ada.meet()
    ada.join()
    ben = person("Ben")
    ben.context.add_init_script(CUTS % (STEPS, after))
    ben.sign_in(link).join()
    ada.sees("Ben")
    ben.sees("Ada")
    ben.page.wait_for_function("() => window.cuts.length === 0")
    ada.sees("Ben")
    ben.sees("Ada")
    expect(ben.page.get_by_text("CONVEX")).to_have_count(0)
    ben.problems.clear()  # the client logs that an action of it was lost, and that is what this test is about


def test_a_room_at_a_media_server_is_entered_too_and_feeds_that_are_gone_cost_nothing_else(
    person: People, house: MediaHouse
) -> None:
    ada, ben = (person(name, house.server.url) for name in ("Ada", "Ben"))
    ada.context.add_init_script(GHOSTS)
    ben.context.add_init_script(CUTS % (STEPS_AT_JANUS, "true"))
    ada.sign_in()
    expect(ada.page.get_by_role("heading", name="My meetings")).to_be_visible()
    meeting = call(ada, "meetings/lifecycle:createMeeting", title="Planning", maxParticipants=8)["meetingId"]
    call(ada, "meetings/lifecycle:startMeeting", meetingId=meeting)
    ada.page.goto(f"/m/{meeting}")
    link = ada.link()
    host = Attendant(ada, meeting)
    ben.sign_in(link)
    guest = Attendant(ben, meeting)
    ada.sees("Ben")
    ben.sees("Ada")
    assert ben.page.evaluate("() => window.cuts") == []
    assert [one.place() for one in (host, guest)] == [("janus", 0)] * 2
    assert [ada.page.evaluate(CONNECTIONS), ben.page.evaluate(CONNECTIONS)] == [2, 2], "nobody came in again"
    for one in (ada, ben):
        one.problems.clear()  # the client logs that an action of it was lost, and that is what this test is about


def test_a_page_says_that_the_server_is_away_and_goes_on_when_it_is_back(person: People, mortal: MortalServer) -> None:
    ada = person("Ada", mortal.url).sign_in()
    link = ada.meet()
    ada.join()
    ben = person("Ben", mortal.url).sign_in(link)
    expect(ben.page.get_by_role("button", name="Join")).to_be_enabled()
    mortal.kill()
    expect(ben.page.get_by_role("status").filter(has_text=AWAY)).to_be_visible()
    ben.join()
    expect(ben.page.get_by_text("You will join as soon as it is back")).to_be_visible()
    mortal.start()
    ben.sees("Ada", seconds=40)
    ada.sees("Ben", seconds=40)
    expect(ben.page.get_by_text(AWAY)).to_be_hidden()
    for one in (ada, ben):
        one.problems.clear()  # a browser logs that a server is gone, and that is what this test is about
