"""Where calls are put to the test: two people, our server with its TURN server, and a media server, each on a host.

Everything is real: Chromium and Firefox with the page, aiortc, `connvo serve`, coturn, Janus. A made-up network lies
between them.
"""

import shlex
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Literal, Self, TypeAlias

from playwright.sync_api import Browser, sync_playwright

from tests.browser.mortal import MortalServer
from tests.support.certificate import make_certificate
from tests.support.chromium import FLAGS, chromium
from tests.support.firefox import launch
from tests.support.janus import JanusServer
from tests.support.live import LiveServer
from tests.support.net import Host, Network

from .call import Call
from .person import FirefoxEnd, NativeEnd, PageEnd

ADA, BEN, SERVER, MEDIA = "ada", "ben", "server", "media"
# What a server of the lab can do: relay by its own TURN server, or have rooms at the media server.
Kind: TypeAlias = Literal["relay", "rooms"]
# The software of a person: the page in a browser, or a program that speaks the API.
Client: TypeAlias = Literal["chromium", "firefox", "native"]
PORTS: dict[Kind, int] = {"relay": 8080, "rooms": 8081}
ROOMS_SECONDS = 30.0
POLL_SECONDS = 0.25
LARGE = 10
TURN_PORT, TURN_TLS_PORT = 3478, 5349


class Lab:
    """A network with everything in it; servers run from when they are first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._servers: dict[Kind, MortalServer] = {}
        self._browsers: dict[tuple[Client, str], Browser] = {}

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.network = stack.enter_context(Network(ADA, BEN, SERVER, MEDIA))
            self.janus = self._janus(stack)
            self._playwright = stack.enter_context(sync_playwright())
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.network.repair()
        self._stack.close()

    @property
    def ada(self) -> Host:
        """The host of the one who calls."""
        return self.network[ADA]

    @property
    def ben(self) -> Host:
        """The host of the other one."""
        return self.network[BEN]

    @property
    def server(self) -> Host:
        """The host of our server and its relay."""
        return self.network[SERVER]

    @property
    def media(self) -> Host:
        """The host of the media server."""
        return self.network[MEDIA]

    @contextmanager
    def call(
        self, kind: Kind, people: int | None = None, ada: Client = "chromium", ben: Client = "chromium"
    ) -> Iterator[Call]:
        """Make a call of the two in a meeting for `people`; the network is whole again afterwards.

        `ada` and `ben` name the software of each; only Ben may have a program instead of a browser.
        """
        url = self._serving(kind).url
        other = NativeEnd(self.ben, url, "Ben") if ben == "native" else self._page(ben, self.ben, url, "Ben")
        try:
            with Call(self._page(ada, self.ada, url, "Ada"), other, people) as call:
                yield call
        finally:
            self.network.repair()

    def relay_pid(self) -> int:
        """Return the id of the process that relays."""
        return int((self._folder / "relay" / "data" / "coturn.pid").read_text())

    def _janus(self, stack: ExitStack) -> JanusServer:
        address = self.media.address
        janus = JanusServer(self._folder / "janus", admin_ip=address, ws_host=address)
        stack.callback(janus.stop)
        return janus

    def _serving(self, kind: Kind) -> MortalServer:
        if kind == "rooms":
            with self.media.inside():
                self.janus.start()
        if kind not in self._servers:
            folder = self._folder / kind
            folder.mkdir()
            server = MortalServer(folder, f"{self.server.address}:{PORTS[kind]}", **self._settings(kind, folder))
            with self.server.inside():
                server.start()
            self._stack.callback(server.kill)
            self._servers[kind] = server
        if kind == "rooms":
            self._wait_for_rooms()
        return self._servers[kind]

    def _wait_for_rooms(self) -> None:
        """Return once the server uses the media server; after one has died, it looks at it first."""
        server = LiveServer(self._servers["rooms"].url, self._folder / "rooms" / "data")
        token = server.token("planner")
        until = monotonic() + ROOMS_SECONDS
        with self.server.inside():
            server.call(token, "users/mutations:upsertUser", workosUserId="planner", email="planner@example.org")
            plan = {"title": "Large", "maxParticipants": LARGE}
            while server.call(token, "meetings/lifecycle:createMeeting", **plan)["videoProvider"] != "janus":
                assert monotonic() < until, "the server does not take the media server back"
                sleep(POLL_SECONDS)

    def _settings(self, kind: Kind, folder: Path) -> dict[str, str]:
        if kind == "relay":
            made = make_certificate(folder, self.server.address)
            tls = {"CONNVO_TURN_CERTIFICATE": str(made.certificate), "CONNVO_TURN_KEY": str(made.key)}
            ports = {"CONNVO_TURN_PORT": str(TURN_PORT), "CONNVO_TURN_TLS_PORT": str(TURN_TLS_PORT)}
            return {"CONNVO_AUTH_OPEN": "true", "CONNVO_TURN_SERVE": "true", **tls, **ports}
        janus = self.janus.settings
        return {
            "CONNVO_AUTH_OPEN": "true",
            "CONNVO_JANUS_ADMIN_URL": janus.admin_url or "",
            "CONNVO_JANUS_WS_URL": janus.ws_url or "",
            "CONNVO_JANUS_ADMIN_SECRET": janus.admin_secret or "",
            "CONNVO_JANUS_ADMIN_KEY": janus.admin_key or "",
        }

    def _page(self, client: Client, host: Host, url: str, name: str) -> PageEnd:
        if (client, host.name) not in self._browsers:
            browser = self._firefox(host) if client == "firefox" else self._chromium(host)
            self._stack.callback(browser.close)
            self._browsers[client, host.name] = browser
        browser = self._browsers[client, host.name]
        return FirefoxEnd(browser, url, name) if client == "firefox" else PageEnd(browser, url, name)

    def _firefox(self, host: Host) -> Browser:
        folder = self._folder / f"firefox-{host.name}"
        folder.mkdir()
        trusted = {"dom.securecontext.allowlist": self.server.address}
        return launch(self._playwright, folder, net=host.namespace, preferences=trusted)

    def _chromium(self, host: Host) -> Browser:
        program = self._folder / f"chromium-{host.name}"
        program.write_text(f'#!/bin/sh\nexec {shlex.join([*host.command, chromium()])} "$@"\n')
        program.chmod(0o755)
        return self._playwright.chromium.launch(executable_path=program, args=self._flags())

    def _flags(self) -> list[str]:
        address = self.server.address
        origins = ",".join(f"http://{address}:{port}" for port in PORTS.values())
        return [
            *(f"{flag} , EXCLUDE 10.99.*" if flag.startswith("--host-resolver-rules") else flag for flag in FLAGS),
            f"--unsafely-treat-insecure-origin-as-secure={origins}",
            "--ignore-certificate-errors",
        ]
