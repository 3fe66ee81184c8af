"""Record the statistics of a connection in real browsers, for the tests of the page.

`python -m tests.support.record_stats FOLDER [--firefox PROGRAM]...` writes one file for each browser and each of
`LOOKS`. A look holds the changes since the one before; null stands for an entry or a field that is gone.
"""

import argparse
import json
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from .chromium import FLAGS, chromium
from .firefox import firefox, launch

LOOK_MS = 250
SETTLE_MS = 1_500
EFFECT_MS = 2_000
# The looks to take while media flow, both are muted, both have stopped sending, the other side is cut off, and while
# nobody has sent anything from the start.
LOOKS = {"media": 12, "muted": 12, "stopped": 48, "cut": 40, "silent": 64}
# The fields that the page reads, and those that must not mislead it.
FIELDS = {
    "transport": "dtlsState iceState selectedCandidatePairId packetsReceived bytesReceived packetsSent",
    "candidate-pair": "state nominated selected localCandidateId remoteCandidateId packetsReceived bytesReceived"
    " bytesSent lastPacketReceivedTimestamp responsesReceived requestsReceived requestsSent consentRequestsSent"
    " currentRoundTripTime availableOutgoingBitrate",
    "inbound-rtp": "kind mid trackIdentifier packetsReceived bytesReceived headerBytesReceived framesReceived"
    " framesDecoded lastPacketReceivedTimestamp packetsLost jitter audioLevel totalAudioEnergy totalSamplesDuration"
    " totalSamplesReceived concealedSamples",
    "remote-inbound-rtp": "kind timestamp packetsReceived packetsLost roundTripTime roundTripTimeMeasurements",
    "remote-outbound-rtp": "kind timestamp packetsSent bytesSent reportsSent remoteTimestamp roundTripTime",
    "local-candidate": "candidateType protocol",
    "remote-candidate": "candidateType protocol",
}
DIGITS = 6
PAGE = b"<!doctype html><title>A call</title><video autoplay muted playsinline></video>"
MAKE = """
    async silent => {
        window.pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
        const stream = new MediaStream();
        document.querySelector('video').srcObject = stream;
        pc.ontrack = ({ track }) => stream.addTrack(track);
        window.tracks = { audio: null, video: null };
        if (silent) return;
        const own = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
        for (const track of own.getTracks()) tracks[track.kind] = track;
    }
"""
DESCRIBE = """
    const described = async () => {
        await pc.setLocalDescription();
        while (pc.iceGatheringState !== 'complete') await new Promise(done => setTimeout(done, 50));
        return pc.localDescription.toJSON();
    };
"""
OFFER = f"""
    async () => {{
        {DESCRIBE}
        const streams = [new MediaStream()];
        const init = {{ direction: 'sendrecv', streams }};
        for (const kind of ['audio', 'video']) pc.addTransceiver(tracks[kind] ?? kind, init);
        return described();
    }}
"""
ANSWER = f"""
    async offer => {{
        {DESCRIBE}
        await pc.setRemoteDescription(offer);
        for (const line of pc.getTransceivers()) {{
            line.direction = 'sendrecv';
            await line.sender.replaceTrack(tracks[line.receiver.track.kind]);
        }}
        return described();
    }}
"""
STOP = """
    async audio => {
        for (const { sender } of pc.getTransceivers()) {
            if (sender.track?.kind === 'audio' && !audio) sender.track.enabled = false;
            else if (sender.track) await sender.replaceTrack(null);
        }
    }
"""
LOOK = """
    async ([looks, ms]) => {
        const seen = [];
        const began = performance.now();
        for (let nth = 0; nth < looks; nth += 1) {
            await new Promise(done => setTimeout(done, began + nth * ms - performance.now()));
            const report = [...(await pc.getStats()).values()].map(entry => ({ ...entry }));
            const { connectionState: state, iceConnectionState: ice } = pc;
            seen.push({ at: Math.round(performance.now() - began), state, ice, report });
        }
        return seen;
    }
"""

Entry = dict[str, Any]


class Kind(NamedTuple):
    """A browser: its name in the files, and its program, or None for Chromium."""

    name: str
    program: str | None


class End(NamedTuple):
    """One side of a call: its browser, its page, and the processes that it has."""

    browser: Browser
    page: Page
    processes: list[int]


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def _served() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def _descendants(pid: int) -> set[int]:
    said = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False).stdout
    children = {int(one) for one in said.split()}
    return children.union(*map(_descendants, children))


@contextmanager
def _end(playwright: Playwright, kind: Kind, url: str) -> Iterator[End]:
    before = _descendants(os.getpid())
    with tempfile.TemporaryDirectory() as folder:
        if kind.program is None:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        else:
            browser = launch(playwright, Path(folder), kind.program)
        page = browser.new_page()
        page.goto(url)
        try:
            yield End(browser, page, sorted(_descendants(os.getpid()) - before))
        finally:
            browser.close()


def _record(one: End, other: End, what: str) -> list[Entry]:
    for end in (one, other):
        end.page.evaluate(MAKE, what == "silent")
    answer = one.page.evaluate(ANSWER, other.page.evaluate(OFFER))
    other.page.evaluate("answer => pc.setRemoteDescription(answer)", answer)
    one.page.wait_for_function("() => pc.connectionState === 'connected'")
    one.page.wait_for_timeout(0 if what == "silent" else SETTLE_MS)
    if what in ("muted", "stopped"):
        for end in (one, other):
            end.page.evaluate(STOP, what == "stopped")
    if what == "cut":
        threading.Timer(EFFECT_MS / 1000, partial(_signal, other, signal.SIGSTOP)).start()
    found: list[Entry] = one.page.evaluate(LOOK, [LOOKS[what], LOOK_MS])
    _signal(other, signal.SIGCONT)
    return found


def _signal(end: End, number: signal.Signals) -> None:
    for pid in end.processes:
        with suppress(ProcessLookupError):  # a browser ends some of its processes as it goes
            os.kill(pid, number)


def _compact(looks: list[Entry]) -> Iterator[Entry]:
    names: dict[str, str] = {}
    before: dict[str, Entry] = {}
    for look in looks:
        now = {_name(names, entry): _told(names, entry) for entry in _chosen(look["report"])}
        changes: dict[str, Entry | None] = {name: None for name in before if name not in now}
        for name, entry in now.items():
            old = before.get(name, {})
            changed = {field: value for field, value in entry.items() if old.get(field) != value}
            changed |= {field: None for field in old if field not in entry}
            if changed:
                changes[name] = changed
        yield {**look, "now": round(max(entry["timestamp"] for entry in look["report"])), "report": changes}
        before = now


def _chosen(report: list[Entry]) -> list[Entry]:
    pairs = [entry for entry in report if entry["type"] == "candidate-pair"]
    used = [pair for pair in pairs if pair.get("nominated") or pair.get("selected")]
    ends = {pair[end] for pair in used for end in ("localCandidateId", "remoteCandidateId")}
    ids = ends | {pair["id"] for pair in used}
    told = [entry for entry in report if entry["type"] in FIELDS]
    return [entry for entry in told if "candidate" not in entry["type"] or entry["id"] in ids]


def _name(names: dict[str, str], entry: Entry) -> str:
    return names.setdefault(entry["id"], f"{entry['type']}-{len(names)}")


def _told(names: dict[str, str], entry: Entry) -> Entry:
    told = {}
    for field in ["type", *FIELDS[entry["type"]].split()]:
        value = entry.get(field)
        if field.endswith("Id") and value is not None:
            value = names.setdefault(value, f"{field}-{len(names)}")
        if value is not None:
            told[field] = round(value, DIGITS) if isinstance(value, float) else value
    return told


def main() -> None:
    """Record everything, one file after the other."""
    parser = argparse.ArgumentParser(description="Record the statistics of a connection in real browsers.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--firefox", action="append", help="the program of another Firefox than the installed one")
    options = parser.parse_args()
    programs = [None, *(options.firefox or [firefox()])]
    with sync_playwright() as playwright, _served() as url:
        for program in programs:
            for what in LOOKS:
                kind = Kind("firefox" if program else "chromium", program)
                with _end(playwright, kind, url) as one:
                    version = one.browser.version.split(".")[0]
                    with _end(playwright, Kind("chromium", None) if what == "cut" else kind, url) as other:
                        looks = _compact(_record(one, other, what))
                lines = ",\n".join(f"    {json.dumps(look, separators=(',', ':'))}" for look in looks)
                name = f"{kind.name}-{version}"
                path = options.folder / f"{name}-{what}.json"
                path.write_text(f'{{\n  "browser": "{name}",\n  "what": "{what}",\n  "looks": [\n{lines}\n  ]\n}}\n')
                print(path, path.stat().st_size)  # noqa: T201


if __name__ == "__main__":
    main()
