"""What goes wrong with a call, and how it is to end: each scenario does it to a real one."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import expect

from .call import Call
from .lab import TURN_PORT, Client, Kind, Lab
from .person import PageEnd

CONNECT_SECONDS = 30.0
# So long after a fault at the latest its effect shows.
EFFECT_SECONDS = 3.0
RESTORE_SECONDS = 60.0
BACK_MS = 40_000
LOSS_PERCENT, LOSS_SECONDS = 20, 10
UNREACHABLE_SECONDS = 20
ASLEEP_SECONDS = 60
MESH, MEDIA_SERVER = "webrtc", "janus"
DIRECT, BY_UDP, BY_TCP, BY_TLS = "direct", "relay by udp", "relay by tcp", "relay by tls"

Fault = Callable[[Lab, Call], float]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A call, what happens to it, and what has to come of it.

    `before` is done to the network before the call is made; `fault` while media flow, and it returns the moment from
    which silence counts. In the end media take the `path` (direct: no other) through the `provider`, and the server has
    decided on no other `rungs` than these. `target` bounds the median of the seconds without media. `ada` and
    `ben` name the software of each. Only `make recovery` tries scenarios that are not `usual`.
    """

    name: str
    what: str
    kind: Kind = "relay"
    people: int | None = None
    ada: Client = "chromium"
    ben: Client = "chromium"
    usual: bool = True
    before: Callable[[Lab], None] | None = None
    fault: Fault | None = None
    path: str | None = DIRECT
    provider: str = MESH
    rungs: frozenset[str] = frozenset()
    target: float | None = None


@dataclass(frozen=True, kw_only=True)
class Try:
    """What came of one call: `seconds` without media, or, where nothing was done to it, until the first picture."""

    saved: bool
    seconds: float
    rungs: tuple[str, ...]
    paths: frozenset[str]
    provider: str

    def fits(self, scenario: Scenario) -> bool:
        """Return whether the call was saved in the way that the scenario asks for."""
        direct = self.paths == {DIRECT}
        as_wished = scenario.path is None or (direct if scenario.path == DIRECT else scenario.path in self.paths)
        known = set(self.rungs) <= scenario.rungs
        return self.saved and as_wished and known and self.provider == scenario.provider


def attempt(lab: Lab, scenario: Scenario) -> Try:
    """Make a call, let it fail, and return what came of it. It raises AssertionError when it did not begin."""
    if scenario.before is not None:
        scenario.before(lab)
    with lab.call(scenario.kind, scenario.people, scenario.ada, scenario.ben) as call:
        assert call.wait_until_it_flows(CONNECT_SECONDS), f"{scenario.name}: no call to begin with; {call.words()}"
        if scenario.fault is None:
            return _found(call, saved=True, seconds=call.seconds_to_connect())
        since = scenario.fault(lab, call)
        time.sleep(EFFECT_SECONDS)
        saved = call.wait_until_it_flows(RESTORE_SECONDS)
        return _found(call, saved, call.silence(since))


def _found(call: Call, saved: bool, seconds: float) -> Try:
    paths = frozenset(call.paths())
    return Try(saved=saved, seconds=seconds, rungs=tuple(call.rungs()), paths=paths, provider=call.provider())


def _at_once(act: Callable[[Lab], None]) -> Fault:
    def fault(lab: Lab, call: Call) -> float:
        since = time.time()
        act(lab)
        return since

    return fault


def _no_udp_between_them(lab: Lab) -> None:
    lab.network.block(lab.ada, lab.ben, "udp")


def _no_udp_for_one(lab: Lab) -> None:
    lab.network.block(lab.ben, only="udp")


def _nothing_but_tls_for_one(lab: Lab) -> None:
    _no_udp_for_one(lab)
    lab.network.block_ports(lab.ben, lab.server, [TURN_PORT])


def _no_way_between_them(lab: Lab) -> None:
    lab.network.block(lab.ada, lab.ben)


def _another_address(lab: Lab) -> None:
    lab.ben.move()


def _kill_the_relay(lab: Lab) -> None:
    os.kill(lab.relay_pid(), signal.SIGKILL)


def _kill_the_media_server(lab: Lab) -> None:
    lab.janus.kill()


def _loss(lab: Lab, call: Call) -> float:
    since = time.time()
    lab.network.lose(lab.ben, LOSS_PERCENT)
    time.sleep(LOSS_SECONDS)
    lab.network.repair()
    return since


def _no_server_for_a_while(lab: Lab, call: Call) -> float:
    """The server is there for nobody; what is done meanwhile arrives afterwards."""
    since = time.time()
    lab.network.block(lab.server)
    call.ada.press("Mute")
    time.sleep(UNREACHABLE_SECONDS)
    lab.network.repair()
    assert isinstance(call.ben, PageEnd)
    expect(call.ben.tile("Ada").get_by_text("muted")).to_be_attached(timeout=BACK_MS)
    return since


def _asleep_for_a_while(lab: Lab, call: Call) -> float:
    """A lid is closed: nothing runs on that computer, and nothing reaches it."""
    lab.network.block(lab.ben)
    lab.ben.sleep()
    time.sleep(ASLEEP_SECONDS)
    lab.network.repair()
    since = time.time()
    lab.ben.wake()
    return since


# A machine with other things to do may need a second try.
REPAIR = frozenset({"restart", "relay"})

SCENARIOS = (
    Scenario(name="direct", what="nothing in the way"),
    Scenario(
        name="no-udp-between",
        what="UDP blocked between the two from the start",
        before=_no_udp_between_them,
        path=BY_UDP,
    ),
    Scenario(name="no-udp", what="all UDP of one blocked from the start", before=_no_udp_for_one, path=BY_TCP),
    Scenario(
        name="tls-only",
        what="all of one blocked but TLS, from the start",
        before=_nothing_but_tls_for_one,
        path=BY_TLS,
    ),
    Scenario(
        name="udp-cut-between",
        what="UDP between the two blocked during the call",
        fault=_at_once(_no_udp_between_them),
        path=BY_UDP,
        rungs=REPAIR,
        target=5.0,
    ),
    Scenario(
        name="udp-cut",
        what="all UDP of one blocked during the call",
        fault=_at_once(_no_udp_for_one),
        path=BY_TCP,
        rungs=REPAIR,
        target=5.0,
    ),
    Scenario(
        name="address",
        what="one comes to another address during the call",
        fault=_at_once(_another_address),
        rungs=REPAIR,
        target=4.0,
    ),
    Scenario(name="loss", what=f"{LOSS_PERCENT} % loss for {LOSS_SECONDS} s", fault=_loss, rungs=REPAIR),
    Scenario(
        name="no-server",
        what=f"server unreachable for {UNREACHABLE_SECONDS} s",
        fault=_no_server_for_a_while,
    ),
    Scenario(
        name="relay-killed",
        what="relay killed during the call, and started again by the server",
        before=_no_udp_between_them,
        fault=_at_once(_kill_the_relay),
        path=BY_UDP,
        rungs=REPAIR,
        target=5.0,
    ),
    Scenario(
        name="media-server-killed",
        what="media server killed during the call",
        kind="rooms",
        people=6,
        fault=_at_once(_kill_the_media_server),
        rungs=frozenset({"rejoin", "restart", "move"}),
        target=8.0,
    ),
    Scenario(
        name="address-at-media-server",
        what="one comes to another address during the call, at the media server",
        kind="rooms",
        people=6,
        fault=_at_once(_another_address),
        provider=MEDIA_SERVER,
        rungs=frozenset({"rejoin", "restart"}),
        target=4.0,
    ),
    Scenario(
        name="move",
        what="no way between the two during the call, and no relay: to the media server",
        kind="rooms",
        fault=_at_once(_no_way_between_them),
        provider=MEDIA_SERVER,
        rungs=frozenset({"restart", "move"}),
        target=8.0,
    ),
    Scenario(
        name="asleep",
        what=f"the computer of one asleep for {ASLEEP_SECONDS} s",
        fault=_asleep_for_a_while,
        path=None,
        rungs=REPAIR,
        target=4.0,
    ),
    Scenario(name="native-direct", what="nothing in the way; a page and a program", ben="native"),
    Scenario(
        name="native-no-udp-between",
        what="UDP blocked between a page and a program from the start",
        ben="native",
        before=_no_udp_between_them,
        path=BY_UDP,
    ),
    Scenario(
        name="native-no-udp",
        what="all UDP of a program blocked from the start",
        ben="native",
        before=_no_udp_for_one,
        path=BY_TCP,
    ),
    Scenario(
        name="native-address",
        what="a program comes to another address during the call",
        ben="native",
        fault=_at_once(_another_address),
        rungs=REPAIR,
    ),
    Scenario(
        name="native-relay-killed",
        what="relay killed during the call of a page and a program",
        ben="native",
        before=_no_udp_between_them,
        fault=_at_once(_kill_the_relay),
        path=BY_UDP,
        rungs=REPAIR,
    ),
    Scenario(name="firefox-direct", what="nothing in the way; Chromium and Firefox", ben="firefox", usual=False),
    Scenario(
        name="firefox-udp-cut-between",
        what="UDP between Chromium and Firefox blocked during the call",
        ben="firefox",
        fault=_at_once(_no_udp_between_them),
        path=BY_UDP,
        rungs=REPAIR,
        target=5.0,
    ),
    Scenario(
        name="firefox-udp-cut",
        what="all UDP of Firefox blocked during the call",
        ben="firefox",
        fault=_at_once(_no_udp_for_one),
        path=BY_TCP,
        rungs=REPAIR,
        target=5.0,
        usual=False,
    ),
    Scenario(
        name="firefox-address",
        what="Firefox comes to another address during the call",
        ben="firefox",
        fault=_at_once(_another_address),
        rungs=REPAIR,
        target=4.0,
        usual=False,
    ),
    Scenario(
        name="firefox-no-server",
        what=f"server unreachable for {UNREACHABLE_SECONDS} s; Chromium and Firefox",
        ben="firefox",
        fault=_no_server_for_a_while,
        usual=False,
    ),
    Scenario(
        name="firefox-relay-killed",
        what="relay killed during the call of Chromium and Firefox",
        ben="firefox",
        before=_no_udp_between_them,
        fault=_at_once(_kill_the_relay),
        path=BY_UDP,
        rungs=REPAIR,
        target=5.0,
        usual=False,
    ),
    Scenario(
        name="firefox-media-server-killed",
        what="media server killed during the call of Chromium and Firefox",
        kind="rooms",
        people=6,
        ben="firefox",
        fault=_at_once(_kill_the_media_server),
        rungs=frozenset({"rejoin", "restart", "move"}),
        target=8.0,
        usual=False,
    ),
    Scenario(
        name="firefoxes-udp-cut-between",
        what="UDP between two Firefox blocked during the call",
        ada="firefox",
        ben="firefox",
        fault=_at_once(_no_udp_between_them),
        path=BY_UDP,
        rungs=REPAIR,
        target=5.0,
        usual=False,
    ),
)
