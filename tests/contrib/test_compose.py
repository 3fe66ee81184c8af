"""The compose file is whole, lets in only what it should, and its load balancer carries every door over two nodes."""

import json
import re
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import yaml  # type: ignore[import-untyped]

from connvo.providers.coturn.configuration import configuration
from connvo.providers.coturn.plan import planned
from connvo.settings import ServerSettings, Settings, TurnSettings, setting_rows
from tests.project.tree import ROOT
from tests.support.caddy import Balanced, balancing
from tests.support.live import PATIENCE_SECONDS, serving
from tests.support.postgres import database_of
from tests.support.sync_client import SyncClient
from tests.support.sync_line import dialled

FOLDER = ROOT / "contrib" / "compose"
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))
EXAMPLE = dict(re.findall(r"^([A-Z_]+)=(.*)$", (FOLDER / "example.env").read_text("utf-8"), re.MULTILINE))
# What compose.yaml gives coturn, because it depends on the machine, and what it does not need in a container.
OF_THE_MACHINE = {"static-auth-secret", "realm", "listening-ip", "relay-ip", "allowed-peer-ip", "external-ip"}
OF_A_PROCESS = {"pidfile", "userdb", "tls-listening-port"}
PUBLIC = "8.8.4.4"
NO_NODE_REACHED = {502, 503}
AGAIN_SECONDS = 0.1


def test_every_variable_is_in_the_example_and_every_secret_is_left_out() -> None:
    text = (FOLDER / "compose.yaml").read_text("utf-8")
    needed = set(re.findall(r"\$\{(\w+):\?\}", text))
    assert re.findall(r"\$\{\w+\}", text) == [], "what is missing has to be told"
    assert needed <= EXAMPLE.keys()
    assert {name for name, value in EXAMPLE.items() if value and re.search("SECRET|PASSWORD|KEY", name)} == set()


def test_the_settings_are_ones_the_server_knows() -> None:
    known = {row.variable for row in setting_rows()}
    given = {*COMPOSE["services"]["node1"]["environment"], *(name for name in EXAMPLE if name.startswith("CONNVO_"))}
    assert given <= known


def test_only_the_balancer_and_the_relay_can_be_reached() -> None:
    services = COMPOSE["services"]
    assert [name for name, service in services.items() if "ports" in service] == ["balancer"]
    assert [name for name, service in services.items() if service.get("network_mode") == "host"] == ["turn"]
    assert services["node1"] == services["node2"]


def test_files_that_are_named_are_there() -> None:
    mounted = [one for service in COMPOSE["services"].values() for one in service["volumes"] if one.startswith("./")]
    assert [one for one in mounted if not (FOLDER / one.split(":")[0]).is_file()] == []
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", (FOLDER / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert [path for line in copied for path in line.split() if not (ROOT / path).exists()] == []


def test_the_relay_is_as_closed_as_the_one_that_comes_along(tmp_path: Path) -> None:
    turn = TurnSettings(listen=PUBLIC, local_peers=False)
    own = configuration(planned(Settings(server=ServerSettings(data=tmp_path), turn=turn)), "pid", "db").splitlines()
    written = (FOLDER / "turnserver.conf").read_text("utf-8").splitlines()
    here = [line for line in written if line and not line.startswith("#")]
    given = {flag.removeprefix("--").split("=")[0] for flag in COMPOSE["services"]["turn"]["command"] if "=" in flag}
    assert given == OF_THE_MACHINE
    assert sorted(here) == sorted(line for line in own if line.split("=")[0] not in OF_THE_MACHINE | OF_A_PROCESS)


def through(balanced: Balanced, token: str, path: str, **args: Any) -> Any:
    """Returns the value of a call through the balancer that must succeed.

    Caddy 2.6, which is Debian's, cannot send a body to a second node when the first refuses the connection, and takes
    the second for failed then: whoever calls hears so at once and calls again.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return called(balanced, token, path, **args)
        except HTTPError as error:
            with error:
                if error.code not in NO_NODE_REACHED or time.monotonic() > until:
                    raise
        time.sleep(AGAIN_SECONDS)


def called(balanced: Balanced, token: str, path: str, **args: Any) -> Any:
    """Returns the value of one call through the balancer. Raises HTTPError."""
    request = Request(
        f"{balanced.url}/api/run/{path.replace(':', '/')}",
        json.dumps({"args": args}).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
    )
    with urlopen(request, timeout=PATIENCE_SECONDS, context=balanced.trust) as reply:
        envelope = json.load(reply)
    assert envelope["status"] == "success", envelope
    return envelope["value"]


def test_a_client_goes_on_when_its_node_ends(tmp_path: Path) -> None:
    variables = {"CONNVO_DATABASE_URL": database_of(tmp_path)}
    first, second = ExitStack(), ExitStack()
    with second, first:
        one = first.enter_context(serving(tmp_path / "data", **variables))
        two = second.enter_context(serving(tmp_path / "data", **variables))
        with balancing(tmp_path, one.url, two.url) as balanced:
            token = one.token("ada")
            email = "ada@example.org"
            through(balanced, token, "users/mutations:upsertUser", workosUserId="ada", email=email)
            client = SyncClient()
            client.authenticate(token)
            with dialled(client, balanced.url, ssl=balanced.trust) as line:
                number = line.watch("meetings/queries:listUserMeetings")
                through(balanced, token, "meetings/lifecycle:createMeeting", title="first")
                line.until(lambda: titles(client.results[number]) == ["first"])
            first.close()
            through(balanced, token, "meetings/lifecycle:createMeeting", title="second")
            with dialled(client, balanced.url, ssl=balanced.trust) as line:
                line.until(lambda: titles(client.results[number]) == ["first", "second"])
                line.mutate("meetings/lifecycle:createMeeting", title="third")
                line.until(lambda: titles(client.results[number]) == ["first", "second", "third"])
            for path in ("/metrics", "/metrics/", "//metrics", "/METRICS", "/%6detrics", "/x/../metrics"):
                assert not shows_figures(balanced, path), path
            with urlopen(f"{two.url}/metrics", timeout=PATIENCE_SECONDS) as reply:
                assert b"connvo_info" in reply.read()


def titles(value: Any) -> list[str]:
    """Returns the titles in a list of meetings, in order."""
    return sorted(row["title"] for row in value)


def shows_figures(balanced: Balanced, path: str) -> bool:
    """Returns whether the balancer lets somebody see the figures."""
    try:
        with urlopen(balanced.url + path, timeout=PATIENCE_SECONDS, context=balanced.trust) as reply:
            return b"connvo_info" in reply.read()
    except HTTPError as error:
        with error:
            return False
