"""A call between two browsers, watched: when frames are decoded, over which paths, and what the server decided."""

import time
from collections.abc import Sequence
from typing import Any, Self

from playwright.sync_api import Browser

from tests.browser.people import Person

POLL_SECONDS = 0.1
# A pause of the pictures that nobody would call a break.
HICCUP_SECONDS = 1.0
# Media flow again when there has been no break for so long, and the newest picture is no older than that.
STEADY_SECONDS = 2.0
FRESH_SECONDS = 0.6

# Notes whenever a picture has been decoded, by getStats on every connection of the page.
METER = """
    window.meter = {first: 0, last: 0, breaks: []};
    const counted = new Map();
    const look = async () => {
        let grown = false;
        for (const [number, pc] of window.connections.entries()) {
            if (pc.connectionState === 'closed') continue;
            for (const entry of (await pc.getStats()).values()) {
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
""".replace("HICCUP", str(HICCUP_SECONDS * 1000))
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


class Call:
    """Two people in a call; `people`, when given, is for how many the meeting is planned."""

    def __init__(self, browsers: Sequence[Browser], url: str, people: int | None = None) -> None:
        self._people = people
        self.ada, self.ben = (
            Person(browser, url, name) for browser, name in zip(browsers, ("Ada", "Ben"), strict=True)
        )
        self.both = (self.ada, self.ben)
        self.meeting = ""
        self._joined_at = 0.0
        for one in self.both:
            one.context.add_init_script(METER)

    def __enter__(self) -> Self:
        try:
            self._meet()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for one in self.both:
            one.close()

    def ask(self, who: Person, path: str, **args: Any) -> Any:
        """Returns what the server answers one of the two."""
        return who.page.evaluate(ASK, [path, args])

    def flows(self) -> bool:
        """Returns whether pictures come on both sides, and have come for a while."""
        now = time.time()
        return all(self._flows(one, now) for one in self.both)

    def wait_until_it_flows(self, seconds: float) -> bool:
        """Returns whether pictures flow on both sides within this time."""
        until = time.time() + seconds
        while not self.flows():
            if time.time() > until:
                return False
            time.sleep(POLL_SECONDS)
        return True

    def silence(self, since: float) -> float:
        """Returns for how many seconds since then there were no pictures, on the side where it was worse."""
        return max(self._silence(one, since) for one in self.both)

    def seconds_to_connect(self) -> float:
        """Returns how long it took from pressing the button until both had seen each other."""
        firsts: list[float] = [one.page.evaluate("() => window.meter.first") / 1000 for one in self.both]
        return max(firsts) - self._joined_at

    def words(self) -> str:
        """Returns what stands on the two pages."""
        return " / ".join(one.text() for one in self.both)

    def paths(self) -> set[str]:
        """Returns the ways that media take, as both sides say: direct, or relay by udp, tcp or tls."""
        return {path for one in self.both for path in one.page.evaluate(PATHS)}

    def rungs(self) -> list[str]:
        """Returns the rungs that the server has decided on for the two, in their order."""
        events = [
            event for one in self.both for event in self.ask(one, "meetings/webrtc/recovery/getTimeline", **self._it)
        ]
        return [event["rung"] for event in sorted(events, key=lambda one: one["at"]) if event["kind"] == "failed"]

    def provider(self) -> str:
        """Returns who carries the media."""
        found: str = self.ask(self.ada, "meetings/webrtc/recovery/getRoomState", **self._it)["provider"]
        return found

    @property
    def _it(self) -> dict[str, str]:
        return {"meetingId": self.meeting}

    def _meet(self) -> None:
        self.ada.sign_in()
        self.ada.page.get_by_label("Title").wait_for()
        plan = {} if self._people is None else {"maxParticipants": self._people}
        self.meeting = self.ask(self.ada, "meetings/lifecycle/createMeeting", title="A call", **plan)["meetingId"]
        self.ask(self.ada, "meetings/lifecycle/startMeeting", **self._it)
        code = self.ask(self.ada, "meetings/links/createLink", **self._it)["code"]
        self.ada.page.goto(f"/m/{self.meeting}")
        self.ada.join()
        self.ben.sign_in(f"/j/{code}")
        self._joined_at = time.time()
        self.ben.join()

    def _flows(self, one: Person, now: float) -> bool:
        meter = one.page.evaluate("() => window.meter")
        connected = one.page.locator(".tile:not([data-mine])[data-health=connected]").count() == 1
        ended = max((end for _, end in meter["breaks"]), default=meter["first"]) / 1000
        return connected and now - meter["last"] / 1000 < FRESH_SECONDS and now - ended > STEADY_SECONDS

    def _silence(self, one: Person, since: float) -> float:
        meter, now = one.page.evaluate("() => window.meter"), time.time()
        breaks = [(begin / 1000, end / 1000) for begin, end in meter["breaks"]]
        if now - meter["last"] / 1000 > HICCUP_SECONDS:
            breaks.append((meter["last"] / 1000, now))
        spans: list[float] = [max(0.0, end - max(begin, since)) for begin, end in breaks]
        return sum(spans)
