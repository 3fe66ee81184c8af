"""The compose file is whole, lets in only what it should, and its load balancer carries every door over two nodes."""

import asyncio
import json
import os
import re
import socket
import subprocess
import time
from contextlib import ExitStack
from fnmatch import fnmatch
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
import yaml

from connvo.doctor.relays import turn_finding
from connvo.doctor.report import Finding
from connvo.providers.coturn.config import configuration
from connvo.providers.coturn.plan import planned
from connvo.settings import IceSettings, ServerSettings, Settings, TurnSettings, setting_rows
from scripts.build_docs import places
from tests.project.tree import ROOT
from tests.support.caddy import Balanced, balancing
from tests.support.coturn import free_ports
from tests.support.live import PATIENCE_SECONDS, serving
from tests.support.postgres import database_of
from tests.support.sync_client import SyncClient
from tests.support.sync_line import dialled

FOLDER = ROOT / "contrib" / "compose"
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))
EXAMPLE = dict(re.findall(r"^([A-Z_]+)=(.*)$", (FOLDER / "example.env").read_text("utf-8"), re.MULTILINE))
# What turn-start.sh adds, because it depends on the machine, and what it does not need in a container.
OF_THE_MACHINE = {"static-auth-secret", "realm", "listening-ip", "relay-ip", "allowed-peer-ip", "external-ip"}
OF_A_PROCESS = {"pidfile", "userdb"}
TLS_PORT = "tls-listening-port"
# Nobody is relayed to these: this machine, private and link networks, IPv4 written as IPv6, a cloud's metadata.
CLOSED = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "168.63.129.16", "169.254.169.254", "172.16.0.1", "192.168.1.1",
    "198.18.0.1", "224.0.0.1", "255.255.255.255", "::1", "::7f00:1", "::ffff:10.0.0.1", "64:ff9b::a00:1",
    "64:ff9b:1::a00:1", "100::1", "2002:a00:1::", "2001::1", "2001:db8::1", "fc00::1", "fd12::1", "fe80::1", "fec0::1",
    "ff02::1",
]  # fmt: skip
OPEN = ["1.1.1.1", "8.8.8.8", "193.0.14.129", "2606:4700:4700::1111", "2a00:1450:4001:830::200e"]
# Writable are what a container keeps and its memory alone; these capabilities are needed, and no other.
CAPABILITIES = {
    "node1": [],
    "node2": [],
    "postgres": [],
    "balancer": ["NET_BIND_SERVICE"],
    "turn": ["NET_BIND_SERVICE"],
}
TURN_VARIABLES = {
    "TURN_SECRET": "s3cret-of-the-relay",
    "TURN_HOST": "turn.example.org",
    "TURN_ADDRESS": "127.0.0.1",
    "TURN_PUBLIC_ADDRESS": "127.0.0.1",
}
PUBLIC = "8.8.4.4"
NO_NODE_REACHED = {502, 503}
AGAIN_SECONDS = 0.1


def test_every_variable_is_in_the_example_and_every_secret_is_left_out() -> None:
    text = (FOLDER / "compose.yaml").read_text("utf-8")
    needed = set(re.findall(r"\$\{(\w+):\?\}", text))
    assert re.findall(r"\$\{\w+\}", text) == [], "what is missing has to be told, or has a default"
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


def test_the_image_carries_the_whole_documentation() -> None:
    stage = (FOLDER / "Dockerfile").read_text("utf-8").partition("AS documentation")[2].partition("\nFROM ")[0]
    copied = [path.rstrip("/") for line in re.findall(r"^COPY (.*) \S+$", stage, re.MULTILINE) for path in line.split()]
    ignoring = (FOLDER / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    allowed = [line[1:] for line in ignoring if line.startswith("!")]
    for page in map(str, places(ROOT)):
        assert any(page == path or page.startswith(f"{path}/") for path in copied), page
        assert any(fnmatch(page, pattern) or page.startswith(f"{pattern}/") for pattern in allowed), page
    assert "COPY --from=documentation /build/build/docs build/docs" in (FOLDER / "Dockerfile").read_text("utf-8")


def test_the_relay_is_as_closed_as_the_one_that_comes_along(tmp_path: Path) -> None:
    turn = TurnSettings(listen=PUBLIC, local_peers=False)
    own = configuration(planned(Settings(server=ServerSettings(data=tmp_path), turn=turn)), "pid", "db").splitlines()
    written = (FOLDER / "turnserver.conf").read_text("utf-8").splitlines()
    here = [line for line in written if line and not line.startswith("#")]
    added = set(re.findall(r'^  echo "([a-z-]+)=', (FOLDER / "turn-start.sh").read_text("utf-8"), re.MULTILINE))
    assert added == OF_THE_MACHINE | OF_A_PROCESS
    left_out = added | {TLS_PORT}
    assert sorted(here) == sorted(line for line in own if line.split("=")[0] not in left_out)


def is_denied(address: str) -> bool:
    """Return whether the relay of the compose file refuses a peer."""
    written = (FOLDER / "turnserver.conf").read_text("utf-8")
    peer = ip_address(address)
    for first, last in re.findall(r"^denied-peer-ip=([^-\s]+)-(\S+)$", written, re.MULTILINE):
        low, high = ip_address(first), ip_address(last)
        if low.version == peer.version and int(low) <= int(peer) <= int(high):
            return True
    return False


@pytest.mark.parametrize("address", CLOSED)
def test_the_relay_is_no_way_into_a_network(address: str) -> None:
    assert is_denied(address)


@pytest.mark.parametrize("address", OPEN)
def test_the_relay_reaches_people_on_the_internet(address: str) -> None:
    assert not is_denied(address)


def test_no_range_of_the_relay_begins_or_ends_at_the_unspecified_address() -> None:
    """coturn takes `::` for every address."""
    written = (FOLDER / "turnserver.conf").read_text("utf-8")
    assert re.findall(r"^denied-peer-ip=.*(?:=|-)(?:::|0\.0\.0\.0)$", written, re.MULTILINE) == []
    assert re.findall(r"^denied-peer-ip=::-", written, re.MULTILINE) == []


@pytest.mark.parametrize("name", CAPABILITIES)
def test_a_container_is_confined(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == CAPABILITIES[name]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"] and service["pids_limit"] and service["logging"]["options"]["max-size"]
    assert "privileged" not in service and "docker.sock" not in str(service)


def test_every_container_is_in_that_list() -> None:
    assert COMPOSE["services"].keys() == CAPABILITIES.keys()


def test_only_the_nodes_reach_the_database() -> None:
    services = COMPOSE["services"]
    assert COMPOSE["networks"]["database"]["internal"] is True
    assert [name for name, service in services.items() if "database" in service.get("networks", [])] == [
        "node1", "node2", "postgres",
    ]  # fmt: skip
    assert services["postgres"]["networks"] == ["database"]


def test_the_nodes_trust_the_address_of_the_balancer_alone() -> None:
    fixed = COMPOSE["services"]["balancer"]["networks"]["inside"]["ipv4_address"]
    assert COMPOSE["services"]["node1"]["environment"]["CONNVO_TRUSTED_PROXIES"] == f"{fixed}/32"
    [place] = COMPOSE["networks"]["inside"]["ipam"]["config"]
    assert ip_address(default_of(fixed)) in ip_network(default_of(place["subnet"]))


def default_of(value: str) -> str:
    """Return the default of a variable of the compose file."""
    found = re.fullmatch(r"\$\{\w+:-([^}]+)\}", value)
    assert found is not None, value
    return found[1]


def test_every_image_can_be_pinned() -> None:
    script = (FOLDER / "pin-images").read_text("utf-8")
    pinned = dict(re.findall(r'^pin (\w+) "\$\{\w+:-([^}]+)\}"$', script, re.MULTILINE))
    text = (FOLDER / "compose.yaml").read_text("utf-8")
    assert dict(re.findall(r"\$\{(\w+_IMAGE):-([^}]+)\}", text)) == pinned
    built = (FOLDER / "Dockerfile").read_text("utf-8")
    assert set(re.findall(r"^FROM (\S+)", built, re.MULTILINE)) == {"${NODE_IMAGE}", "${PYTHON_IMAGE}"}
    assert dict(re.findall(r"^ARG (\w+_IMAGE)=(\S+)$", built, re.MULTILINE)).items() <= pinned.items()
    assert re.search(r"^USER 10001$", built, re.MULTILINE), "not as root"


FAKE_DOCKER = """#!/bin/sh
case "$1 $2" in
  "image inspect") eval name=\\${$#}; echo "$name@sha256:$(printf %s "$name" | sha256sum | cut -c1-64)" ;;
esac
"""


def test_digests_are_written_and_nothing_else_is_lost(tmp_path: Path) -> None:
    docker = tmp_path / "docker"
    docker.write_text(FAKE_DOCKER)
    docker.chmod(0o755)
    env = tmp_path / ".env"
    env.write_text("SITE=meet.example.org\nPOSTGRES_IMAGE=postgres:16\nTURN_SECRET=x\n")
    around = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "ENV_FILE": str(env)}
    for _ in range(2):
        subprocess.run([FOLDER / "pin-images"], env=around, check=True, capture_output=True, timeout=PATIENCE_SECONDS)
    lines = [line for line in env.read_text("utf-8").splitlines() if line]
    assert {"SITE=meet.example.org", "TURN_SECRET=x"} <= set(lines)
    images = [line for line in lines if "_IMAGE=" in line]
    assert len(images) == 5
    assert all(re.fullmatch(r"\w+_IMAGE=[a-z0-9:./-]+@sha256:[0-9a-f]{64}", line) for line in images)
    assert env.stat().st_mode & 0o077 == 0


def test_the_secret_of_the_relay_is_on_no_command_line(tmp_path: Path) -> None:
    ports = free_ports()
    configuration_file = tmp_path / "conf"
    plain = (FOLDER / "turnserver.conf").read_text("utf-8")
    plain = plain.replace("listening-port=3478", f"listening-port={ports.plain}")
    plain = plain.replace("min-port=49152", f"min-port={ports.first}").replace(
        "max-port=50151", f"max-port={ports.last}"
    )
    configuration_file.write_text(plain)
    run = tmp_path / "run"
    run.mkdir()
    around = {
        **os.environ, **TURN_VARIABLES, "TURN_CONFIGURATION": str(configuration_file), "TURN_RUN": str(run),
    }  # fmt: skip
    with subprocess.Popen(
        ["sh", FOLDER / "turn-start.sh"], env=around, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            finding = asyncio.run(relayed(ports.plain))
            assert finding.state == "ok", finding
            shown = (
                Path(f"/proc/{process.pid}/cmdline").read_bytes() + Path(f"/proc/{process.pid}/environ").read_bytes()
            )
            assert b"turnserver" in shown
            assert TURN_VARIABLES["TURN_SECRET"].encode() not in Path(f"/proc/{process.pid}/cmdline").read_bytes()
        finally:
            process.terminate()
    assert (run / "turnserver.conf").stat().st_mode & 0o077 == 0


async def relayed(port: int) -> Finding:
    """Return what the doctor says of a relay of this machine, once it listens."""
    url = f"turn:127.0.0.1:{port}?transport=udp"
    ice = IceSettings(turn_urls=url, turn_secret=TURN_VARIABLES["TURN_SECRET"])
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        finding = await turn_finding(url, ice, time.time(), thorough=False)
        if finding.state == "ok" or time.monotonic() > until:
            return finding
        await asyncio.sleep(AGAIN_SECONDS)


@pytest.mark.parametrize("value", ["", "two words", "line\nno-auth", "$(id)", "a;b", "a'b"])
def test_a_variable_cannot_add_a_line_to_the_relays_configuration(value: str, tmp_path: Path) -> None:
    around = {**os.environ, **TURN_VARIABLES, "TURN_HOST": value, "TURN_RUN": str(tmp_path)}
    told = subprocess.run(
        ["sh", FOLDER / "turn-start.sh"], env=around, capture_output=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert told.returncode == 1
    assert not (tmp_path / "turnserver.conf").exists()


def through(balanced: Balanced, token: str, path: str, **args: Any) -> Any:
    """Return the value of a call through the balancer that must succeed.

    Caddy 2.6, which is Debian's, cannot send a body to a second node when the first refuses the connection: whoever
    calls hears so at once and calls again.
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
    """Return the value of one call through the balancer. Raises HTTPError."""
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
            for path in ("/readyz?deep=1", "/readyz"):
                assert not shows_figures(balanced, path), "operators ask the nodes themselves"
            for path in ("/metrics", "/metrics/", "//metrics", "/METRICS", "/%6detrics", "/x/../metrics"):
                assert not shows_figures(balanced, path), path
            with urlopen(f"{two.url}/metrics", timeout=PATIENCE_SECONDS) as reply:
                assert b"connvo_info" in reply.read()


def test_broken_requests_take_no_node_away_from_others(tmp_path: Path) -> None:
    broken = (
        b"POST /api/query HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n"
    )
    with ExitStack() as stack:
        nodes = [stack.enter_context(serving(tmp_path / name)) for name in ("one", "two")]
        balanced = stack.enter_context(balancing(tmp_path, *(node.url for node in nodes)))
        port = urlsplit(balanced.url).port
        for _ in nodes:
            with (
                socket.create_connection(("localhost", port), PATIENCE_SECONDS) as plain,
                balanced.trust.wrap_socket(plain, server_hostname="localhost") as line,
            ):
                line.sendall(broken)
                assert line.recv(1024).startswith(b"HTTP/1.1 ")
        question = json.dumps({"path": "interests/queries:listCatalog", "args": {}}).encode()
        request = Request(f"{balanced.url}/api/query", question, {"Content-Type": "application/json"})
        with urlopen(request, timeout=PATIENCE_SECONDS, context=balanced.trust) as reply:
            assert json.load(reply)["status"] == "success"


def titles(value: Any) -> list[str]:
    """Return the titles in a list of meetings, in order."""
    return sorted(row["title"] for row in value)


def shows_figures(balanced: Balanced, path: str) -> bool:
    """Return whether the balancer lets somebody see the figures."""
    try:
        with urlopen(balanced.url + path, timeout=PATIENCE_SECONDS, context=balanced.trust) as reply:
            text = reply.read()
            return b"connvo_info" in text or b"checks" in text
    except HTTPError as error:
        with error:
            return False
