"""A server with its own Janus, and what people in a call there see: time without frames, and notices."""

import subprocess
from pathlib import Path
from typing import Any

from connvo.settings import JanusSettings
from tests.support.janus import JanusServer

from .mortal import MortalServer
from .people import Person, wait_for

WATCH_MS = 50
# Five browsers on one machine that is busy with something else.
PATIENCE_SECONDS = 45.0
# Since it is called: per tile the longest time without a new frame and every state of health, and every notice.
WATCH_TILES = """
    every => {
        clearInterval(window.watching);
        window.seen = { tiles: {}, notices: [] };
        const look = () => {
            const now = performance.now();
            for (const tile of document.querySelectorAll('.tile:not([data-mine]):has(video)')) {
                const video = tile.querySelector('video');
                const name = video.getAttribute('aria-label').replace(/^(Video|Screen) of /, '');
                const frames = video.getVideoPlaybackQuality().totalVideoFrames;
                const one = window.seen.tiles[name] ??= { frames, at: now, longest: 0, health: [] };
                one.longest = Math.max(one.longest, now - one.at);
                if (frames !== one.frames) Object.assign(one, { frames, at: now });
                if (one.health.at(-1) !== tile.dataset.health) one.health.push(tile.dataset.health);
            }
            const notice = document.querySelector('.notice')?.textContent;
            if (notice && window.seen.notices.at(-1) !== notice) window.seen.notices.push(notice);
        };
        window.watching = setInterval(look, every);
        look();
    }
"""
# A call of a function as the person who is signed in on this page; returns the envelope.
CALL = """
    async ([path, args]) => {
        const account = JSON.parse(localStorage.getItem('connvo.account'));
        const headers = { 'Content-Type': 'application/json' };
        const post = async (url, body) =>
            (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).json();
        const { token } = await post('/api/auth/local', { subject: account.secret, name: account.name });
        headers.Authorization = `Bearer ${token}`;
        return post(`/api/run/${path}`, { args });
    }
"""


class MediaHouse:
    """A server and its Janus. `mesh` is the maximum number of people in a mesh."""

    def __init__(self, folder: Path, mesh: int) -> None:
        _need_an_address()
        self.janus = JanusServer(folder / "janus", record=True)
        settings = _variables(self.janus.settings) | {"CONNVO_MEETING_MESH_PARTICIPANTS": str(mesh)}
        self.server = MortalServer(folder, **settings)
        self.janus.start()
        self.server.start()

    def close(self) -> None:
        """Stop both."""
        self.server.kill()
        self.janus.stop()


class Attendant:
    """A person in a meeting, with everything the page shows recorded."""

    def __init__(self, person: Person, meeting_id: str) -> None:
        self.person = person
        self.name = person.name
        self.meeting_id = meeting_id
        person.join()
        self.watch()

    def watch(self) -> None:
        """Start a new recording of what the page shows."""
        self.person.page.evaluate(WATCH_TILES, WATCH_MS)

    @property
    def notices(self) -> list[str]:
        """Return every notice since `watch`."""
        found: list[str] = self.person.page.evaluate("() => window.seen.notices")
        return found

    def silences(self) -> dict[str, float]:
        """Return, for each tile, the longest time without a new frame since `watch`, in seconds."""
        tiles = self.person.page.evaluate("() => window.seen.tiles")
        return {name: tile["longest"] / 1000 for name, tile in tiles.items()}

    def health(self) -> dict[str, set[str]]:
        """Return, for each tile, every state that it showed since `watch`."""
        tiles = self.person.page.evaluate("() => window.seen.tiles")
        return {name: set(tile["health"]) for name, tile in tiles.items()}

    @property
    def user_id(self) -> str:
        """Return the user id at the server."""
        found: str = call(self.person, "users/queries:getCurrentUser")["_id"]
        return found

    def envelope(self, path: str, **args: Any) -> dict[str, Any]:
        """Return the answer to a call about the meeting."""
        return _ask(self.person, path, meetingId=self.meeting_id, **args)

    def call(self, path: str, **args: Any) -> Any:
        """Return the value of a call about the meeting; it must succeed."""
        return call(self.person, path, meetingId=self.meeting_id, **args)

    def refused(self, path: str, **args: Any) -> str:
        """Return the code with which a call about the meeting is refused."""
        envelope = self.envelope(path, **args)
        assert envelope["status"] == "error", envelope
        code: str = envelope["errorData"]["code"]
        return code

    def place(self) -> tuple[str, int]:
        """Return the provider of the room and its generation."""
        state = self.call("meetings/webrtc/recovery:getRoomState")
        return state["provider"], state["generation"]

    def hears(self, words: str) -> None:
        """Wait until the page has shown this notice since `watch`."""
        wait_for(
            lambda: any(words in notice for notice in self.notices),
            lambda: f"{self.name} heard {self.notices}",
            PATIENCE_SECONDS,
        )


def call(person: Person, path: str, **args: Any) -> Any:
    """Return the value of a call by a signed-in user; it must succeed."""
    envelope = _ask(person, path, **args)
    assert envelope["status"] == "success", envelope
    return envelope["value"]


def everybody_sees_everybody(people: list[Attendant]) -> None:
    """Wait until every person receives frames from exactly the others."""
    names = {one.name for one in people}
    for one in people:
        one.person.sees(*(names - {one.name}), seconds=PATIENCE_SECONDS)


def _ask(person: Person, path: str, **args: Any) -> dict[str, Any]:
    found: dict[str, Any] = person.page.evaluate(CALL, [path.replace(":", "/"), args])
    return found


def _variables(settings: JanusSettings) -> dict[str, str]:
    given = {name: value for name, value in settings.model_dump().items() if value is not None}
    return {f"CONNVO_JANUS_{name.upper()}": str(value) for name, value in given.items()}


def _need_an_address() -> None:
    found = subprocess.run(["ip", "-o", "addr", "show", "scope", "global"], capture_output=True, text=True, check=True)
    assert found.stdout, "Janus sends media from no loopback address: these tests need a machine that has another one"
