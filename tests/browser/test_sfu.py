"""Browsers hold calls at a real Janus: growing rooms move there, removed members are out, and calls survive its death.

The time without frames is recorded and printed (`pytest -rP`). The browsers share their machine with everything
else, so the figure is no assertion.
"""

import sys
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from playwright.sync_api import expect

from connvo.providers.rooms.janus_files import MJR_MARK

from .media_server import Attendant, MediaHouse, call, everybody_sees_everybody
from .people import Person, wait_for

People = Callable[..., Person]
Gather = Callable[..., list[Attendant]]
Record = Callable[[str, object], None]
RECOVERY, STREAM = "meetings/webrtc/recovery", "meetings/stream/index"
SESSIONS = "meetings/webrtc/signaling:getActiveSessions"
GROWN = "The meeting has grown"
NOT_ANSWERING = "The media server of this meeting is not responding"
MAX_SECONDS = 240
MOVED_THERE, MOVED_BACK = "The room has moved to a media server", "The room has moved: sound and video go directly"
RECORD_MS, QUIET_MS = 3_000, 2_000
MIN_TRACK_BYTES = 1_000
# Lets a page go deaf to the server: as that of somebody who does not want to hear that they are out.
DEAF = """
    window.WebSocket = class extends window.WebSocket {
        set onmessage(handle) {
            super.onmessage = event => window.deaf && !this.protocol ? undefined : handle(event);
        }
    };
"""
# A small picture: five pages that send and see four each, and twice as much during a move, share one machine here.
SMALL = """
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    const small = { width: 160, height: 120 };
    navigator.mediaDevices.getUserMedia = wishes =>
        open(wishes.video ? { ...wishes, video: { ...wishes.video, ...small } } : wishes);
"""
# Opens a session at Janus with a token; returns the code of the refusal, 0 for none.
KNOCK = """
    ([url, token]) => new Promise((resolve, reject) => {
        const socket = new WebSocket(url, 'janus-protocol');
        socket.onopen = () => socket.send(JSON.stringify({ janus: 'create', transaction: 'knock', token }));
        socket.addEventListener('message', ({ data }) => resolve(JSON.parse(data).error?.code ?? 0));
        socket.onerror = reject;
    })
"""
REFUSED_BY_JANUS = 403


@pytest.fixture
def house(tmp_path: Path, mesh: int) -> Iterator[MediaHouse]:
    """Start a server with a Janus."""
    made = MediaHouse(tmp_path, mesh)
    yield made
    made.close()


@pytest.fixture
def mesh() -> int:
    """Return the maximum number of people in a mesh; a class of tests may override it."""
    return 4


@pytest.fixture
def link() -> list[str]:
    """Hold the invitation to the meeting, once there is one."""
    return []


@pytest.fixture
def gather(person: People, house: MediaHouse, link: list[str]) -> Gather:
    """Let people meet, the first as the host; later ones join. Keywords describe the new meeting."""
    met: list[str] = []

    def gathering(*names: str, **meeting: Any) -> list[Attendant]:
        come: list[Attendant] = []
        for name in names:
            one = person(name, house.server.url)
            for script in (DEAF, SMALL):
                one.context.add_init_script(script)
            if met:
                one.sign_in(link[0])
            else:
                met.append(_make_meeting(one, **meeting))
                link.append(one.link())
            come.append(Attendant(one, met[0]))
        return come

    return gathering


def _make_meeting(host: Person, **meeting: Any) -> str:
    host.sign_in()
    expect(host.page.get_by_role("heading", name="My meetings")).to_be_visible()
    made: str = call(host, "meetings/lifecycle:createMeeting", title="Planning", **meeting)["meetingId"]
    call(host, "meetings/lifecycle:startMeeting", meetingId=made)
    host.page.goto(f"/m/{made}")
    return made


@pytest.mark.timeout(MAX_SECONDS)
@pytest.mark.crowd
def test_a_fifth_person_makes_the_room_move_and_the_death_of_janus_brings_it_back(
    gather: Gather, house: MediaHouse, record_property: Record
) -> None:
    four = gather("Ada", "Ben", "Cy", "Di")
    everybody_sees_everybody(four)
    assert four[0].place() == ("webrtc", 0)
    for one in four:
        one.watch()
    [eve] = gather("Eve")
    for one in four:
        one.hears(GROWN)
        one.hears(MOVED_THERE)
    everybody_sees_everybody([*four, eve])
    assert {one.place() for one in (*four, eve)} == {("janus", 1)}
    _tell(record_property, "mesh to Janus, announced", four, eve)
    for one in four:
        kept = {name: health for name, health in one.health().items() if name != eve.name}
        assert set(chain(*kept.values())) == {"connected"}, f"{one.name} saw {kept}"

    three = four[:3]
    for one in (four[3], eve):
        one.person.press("Leave")
    everybody_sees_everybody(three)
    assert {one.place() for one in three} == {("janus", 1)}, "what shrinks stays"
    for one in three:
        one.watch()
    house.janus.kill()
    for one in three:
        one.hears(MOVED_BACK)
    everybody_sees_everybody(three)
    assert {one.place() for one in three} == {("webrtc", 2)}
    _tell(record_property, "Janus killed, to the mesh", three)
    _forgive(three)


class TestAtJanus:
    """A meeting that Janus carries from its beginning."""

    @pytest.fixture
    def three(self, gather: Gather) -> list[Attendant]:
        """Return three people who see each other."""
        people = gather("Ada", "Ben", "Cy", maxParticipants=8, recordingEnabled=True)
        everybody_sees_everybody(people)
        assert people[0].place() == ("janus", 0)
        return people

    def test_it_is_recorded_into_files(
        self, three: list[Attendant], person: People, link: list[str], house: MediaHouse
    ) -> None:
        host, guest, _ = three
        host.call(f"{STREAM}:startRecording")
        [running] = guest.call(f"{STREAM}:getRecordings")
        assert running["state"] == "recording"
        in_the_lobby = person("Dora", house.server.url).sign_in(link[0]).page
        expect(in_the_lobby.get_by_text("This meeting is being recorded.")).to_be_visible()
        host.person.page.wait_for_timeout(RECORD_MS)
        assert host.call(f"{STREAM}:stopRecording")["success"]
        wait_for(lambda: _newest(host)["state"] == "ready", lambda: str(_newest(host)))
        expect(in_the_lobby.get_by_text("This meeting is being recorded.")).to_be_hidden()
        files = {file["name"]: file["bytes"] for file in _newest(host)["files"]}
        kinds = [kind for name in files for kind in ("audio", "video") if f"-{kind}-" in name]
        assert sorted(kinds) == ["audio"] * 3 + ["video"] * 3, files
        assert min(files.values()) > MIN_TRACK_BYTES, files
        folder = house.janus.recordings / f"janus_{host.meeting_id}"
        assert {path.name: path.stat().st_size for path in folder.iterdir()} == files
        assert all(path.read_bytes().startswith(MJR_MARK) for path in folder.iterdir())
        assert "files" not in _newest(guest)
        everybody_sees_everybody(three)

    def test_a_removed_member_gets_nothing_any_more_from_any_page(self, three: list[Attendant]) -> None:
        host, ben, cy = three
        [session] = [one for one in ben.call(SESSIONS) if one["userId"] == ben.user_id]
        entry = ben.call(f"{RECOVERY}:enterMediaRoom", sessionId=session["sessionId"])
        door = [entry["url"], entry["apiToken"]]
        assert ben.person.page.evaluate(KNOCK, door) == 0
        ben.person.page.evaluate("() => { window.deaf = true; }")
        cy.watch()
        host.person.press("People")
        host.person.act_on("Ben", "Remove")
        host.person.confirm("Remove")
        host.person.sees("Cy")
        cy.person.sees("Ada")
        before = ben.person.frames()
        assert before.keys() == {"Ada", "Cy"}, "his page has heard nothing"
        ben.person.page.wait_for_timeout(QUIET_MS)
        assert ben.person.frames() == before
        assert ben.person.page.evaluate(KNOCK, door) == REFUSED_BY_JANUS
        for path in (f"{RECOVERY}:enterMediaRoom", "meetings/webrtc/turn:getICEServers"):
            assert ben.refused(path, sessionId=session["sessionId"]) == "FORBIDDEN"
        assert ben.refused("meetings/webrtc/signaling:createWebRTCSession", sessionId="another") == "FORBIDDEN"
        ben.person.page.goto(host.person.link())
        expect(ben.person.page.get_by_text("A host has removed you from this meeting")).to_be_visible()
        assert cy.health()["Ada"] == {"connected"}
        ben.person.problems.clear()  # the refusals are logged, and are what this test is about

    @pytest.mark.parametrize("mesh", [2])
    def test_a_room_too_large_for_the_mesh_waits_for_janus_and_a_small_one_comes_there_again(
        self, three: list[Attendant], house: MediaHouse, record_property: Record
    ) -> None:
        house.janus.kill()
        for one in three:
            one.watch()
        for one in three:
            one.hears(NOT_ANSWERING)
        house.janus.start()
        everybody_sees_everybody(three)
        assert {one.place() for one in three} == {("janus", 0)}
        _tell(record_property, "Janus restarted under a large room", three)

        three[2].person.press("Leave")
        pair = three[:2]
        everybody_sees_everybody(pair)
        for one in pair:
            one.watch()
        house.janus.kill()
        for one in pair:
            one.hears(MOVED_BACK)
        everybody_sees_everybody(pair)
        house.janus.start()
        come_back(three[2])
        for one in pair:
            one.hears(MOVED_THERE)
        everybody_sees_everybody(three)
        assert {one.place() for one in three} == {("janus", 2)}
        _forgive(three)


def _newest(one: Attendant) -> dict[str, Any]:
    newest: dict[str, Any] = one.call(f"{STREAM}:getRecordings")[0]
    return newest


def come_back(one: Attendant) -> None:
    """Rejoin as soon as there is room for one more."""
    join = "meetings/lifecycle:joinMeeting"
    wait_for(lambda: one.envelope(join)["status"] == "success", lambda: str(one.envelope(join)))
    one.person.press("Come back")
    one.person.join()
    one.watch()


def _tell(record_property: Record, what: str, people: list[Attendant], *newcomers: Attendant) -> None:
    """Record how long frames were missing, at the median and the worst tile."""
    new = {one.name for one in newcomers}
    seconds = [time for one in people for name, time in one.silences().items() if name not in new]
    figures = {"tiles": len(seconds), "median": round(median(seconds), 2), "worst": round(max(seconds), 2)}
    record_property(what, figures)
    sys.stdout.write(f"{what}: seconds without frames: {figures}\n")


def _forgive(people: list[Attendant]) -> None:
    """Ignore what browsers log when a server is gone."""
    for one in people:
        one.person.problems.clear()
