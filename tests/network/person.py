"""One end of a call, as a test watches it: a browser with the page, or a program of its own."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import msgspec
from playwright.sync_api import Browser

from tests.browser.firefox import FirefoxPerson
from tests.browser.people import Person
from tests.support.net import Host

from .meter import HICCUP_SECONDS, Meter
from .native.words import Invitation, Look

ROOT = Path(__file__).parent.parent.parent
MS = 1000.0

# Notes whenever a picture has been decoded, by getStats on every connection of the page.
METER = """
    window.meter = {first: 0, last: 0, breaks: []};
    const counted = new Map();
    // Firefox never answers for a connection that is closed meanwhile.
    const late = () => new Promise(done => setTimeout(done, 500, new Map()));
    const look = async () => {
        let grown = false;
        for (const [number, pc] of window.connections.entries()) {
            if (pc.connectionState === 'closed') continue;
            for (const entry of (await Promise.race([pc.getStats(), late()])).values()) {
                if (entry.type !== 'inbound-rtp' || entry.kind !== 'video') continue;
                const stream = number + entry.id;
                grown ||= entry.framesDecoded > (counted.get(stream) ?? 0);
                counted.set(stream, entry.framesDecoded);
            }
        }
        if (!grown) return;
        const {last} = window.meter, now = Date.now();
        if (last && now - last > HICCUP) window.meter.breaks.push([last, now]);
        window.meter.first ||= now;
        window.meter.last = now;
    };
    const again = () => look().catch(() => undefined).then(() => setTimeout(again, 50));
    again();
""".replace("HICCUP", str(HICCUP_SECONDS * MS))
PATHS = """
    async () => {
        const found = [];
        for (const pc of window.connections.filter(pc => pc.connectionState === 'connected')) {
            const stats = await pc.getStats();
            for (const entry of stats.values()) {
                if (entry.type !== 'transport' || !entry.selectedCandidatePairId) continue;
                const {localCandidateId} = stats.get(entry.selectedCandidatePairId);
                const {candidateType, relayProtocol} = stats.get(localCandidateId);
                found.push(candidateType === 'relay' ? `relay by ${relayProtocol}` : 'direct');
            }
        }
        return found;
    }
"""
ASK = """
    async ([path, args]) => {
        const post = async (url, body, headers) => (await fetch(url, {
            method: 'POST', body: JSON.stringify(body), headers: {'Content-Type': 'application/json', ...headers},
        })).json();
        const {secret, name} = JSON.parse(localStorage.getItem('connvo.account'));
        const {token} = await post('/api/auth/local', {subject: secret, name});
        const answer = await post(`/api/run/${path}`, {args}, {Authorization: `Bearer ${token}`});
        if (answer.status !== 'success') throw new Error(JSON.stringify(answer));
        return answer.value;
    }
"""


class End(Protocol):
    """Somebody in a call with one other person."""

    def come(self, code: str) -> None:
        """Come to the door with the code of an invitation."""
        ...

    def join(self) -> None:
        """Come in."""
        ...

    def meter(self) -> Meter:
        """Return when pictures of the other one have been decoded."""
        ...

    def connected(self) -> bool:
        """Return whether this end calls itself connected with the other one."""
        ...

    def ways(self) -> list[str]:
        """Return the ways that media take from here: direct, or relay by udp, tcp or tls."""
        ...

    def words(self) -> str:
        """Return how things are, for people."""
        ...

    def close(self) -> None:
        """End the part."""
        ...


class PageEnd(Person):
    """Somebody with a browser."""

    def __init__(self, browser: Browser, url: str, name: str) -> None:
        super().__init__(browser, url, name)
        self.context.add_init_script(METER)

    def ask(self, path: str, **args: Any) -> Any:
        """Return what the server answers this person."""
        return self.page.evaluate(ASK, [path, args])

    def come(self, code: str) -> None:
        """Come to the lobby with the code of an invitation."""
        self.sign_in(f"/j/{code}")

    def meter(self) -> Meter:
        """Return when pictures of the other one have been decoded."""
        found = self.page.evaluate("() => window.meter")
        breaks = [(begin / MS, end / MS) for begin, end in found["breaks"]]
        return Meter(found["first"] / MS, found["last"] / MS, breaks)

    def connected(self) -> bool:
        """Return whether the page calls itself connected with the other one."""
        return bool(self.page.locator(".tile:not([data-mine])[data-health=connected]").count() == 1)

    def ways(self) -> list[str]:
        """Return the ways that media take from here: direct, or relay by udp, tcp or tls."""
        found: list[str] = self.page.evaluate(PATHS)
        return found

    def words(self) -> str:
        """Return what stands on the page."""
        return self.text()


class FirefoxEnd(PageEnd, FirefoxPerson):
    """A person with Firefox."""


class NativeEnd:
    """Somebody with a program, on a host of the lab; see `native`."""

    def __init__(self, host: Host, url: str, name: str) -> None:
        self._url = url
        self._name = name
        self._code = ""
        self._process = subprocess.Popen(
            [*host.command, sys.executable, "-m", "tests.network.native"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def come(self, code: str) -> None:
        """Take the code of an invitation, once the program has started."""
        self._hear()
        self._code = code

    def join(self) -> None:
        """Sign in and come into the call."""
        self._say(msgspec.json.encode(Invitation(self._url, self._code, self._name)))

    def meter(self) -> Meter:
        """Return when pictures of the other one have been decoded."""
        return self._look().meter

    def connected(self) -> bool:
        """Return whether pictures have come at all: it shows nobody how it is."""
        return self._look().carried

    def ways(self) -> list[str]:
        """Return the ways that media take from here: direct, or relay by udp or tcp."""
        return self._look().ways

    def words(self) -> str:
        """Return how things are."""
        return str(self._look())

    def close(self) -> None:
        """End the program, which does not close its sockets: whoever watches closes the meeting."""
        self._process.kill()
        self._process.communicate()

    def _look(self) -> Look:
        self._say(b"")
        return msgspec.json.decode(self._hear(), type=Look)

    def _hear(self) -> bytes:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the program has ended; what it said stands above"
        return line

    def _say(self, line: bytes) -> None:
        assert self._process.stdin is not None
        # One that has ended is told of by what it does not answer.
        with suppress(BrokenPipeError):
            self._process.stdin.write(line + b"\n")
            self._process.stdin.flush()
