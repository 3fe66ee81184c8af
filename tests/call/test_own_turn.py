"""`connvo serve --turn`: people who can only be relayed talk through the coturn that the server brings along."""

import asyncio
import json
import os
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from aiortc import (
    RTCConfiguration,
    RTCIceServer,
    RTCIceTransportPolicy,
    RTCPeerConnection,
)

from tests.support.certificate import Authority
from tests.support.command import Served, run, serving
from tests.support.coturn import Ports, free_ports

PATIENCE_SECONDS = 20
GET = "/api/run/meetings/webrtc/turn/getICEServers"


def variables(folder: Path, ports: Ports) -> dict[str, str]:
    return {
        "CONNVO_DATA": str(folder / "data"),
        "CONNVO_TURN_PORT": str(ports.plain),
        "CONNVO_TURN_FIRST_RELAY_PORT": str(ports.first),
        "CONNVO_TURN_LAST_RELAY_PORT": str(ports.last),
        "CONNVO_LOG_FORMAT": "json",
    }


@contextmanager
def with_turn(folder: Path, ports: Ports | None = None) -> Iterator[Served]:
    with serving("--port", "0", "--turn", env=variables(folder, ports or free_ports())) as served:
        yield served


def coturn_of(folder: Path) -> int:
    return int((folder / "data" / "coturn.pid").read_text())


def with_tls(folder: Path, ports: Ports, authority: Authority) -> dict[str, str]:
    certificate = authority.sign("127.0.0.1")
    return {
        **variables(folder, ports),
        "CONNVO_TURN_TLS_PORT": str(ports.tls),
        "CONNVO_TURN_CERTIFICATE": str(certificate.certificate),
        "CONNVO_TURN_KEY": str(certificate.key),
    }


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def in_time(reached: Any) -> bool:
    until = monotonic() + PATIENCE_SECONDS
    while not reached():
        if monotonic() > until:
            return False
        sleep(0.02)
    return True


def ice_servers(served: Served, folder: Path) -> list[dict[str, Any]]:
    """Return what a host gets in a meeting of the host's own."""
    token = run("token", "hanna", "--data", str(folder / "data")).stdout.strip()
    served.post("/api/run/users/mutations/upsertUser", {"workosUserId": "hanna", "email": "h@example.org"}, token)
    made = served.post("/api/run/meetings/lifecycle/createMeeting", {"title": "Relayed"}, token)
    meeting = {"meetingId": made["value"]["meetingId"]}
    served.post("/api/run/meetings/lifecycle/startMeeting", meeting, token)
    served.post("/api/run/meetings/lifecycle/joinMeeting", meeting, token)
    answer = served.post(GET, meeting, token)
    found: list[dict[str, Any]] = answer["value"]["iceServers"]
    return found


async def talk(server: RTCIceServer) -> tuple[str, set[str]]:
    """Connect two peers over the relay alone; return what one heard, and the kinds of their candidates."""
    only_relays = RTCConfiguration(iceServers=[server], iceTransportPolicy=RTCIceTransportPolicy.RELAY)
    caller, callee = RTCPeerConnection(only_relays), RTCPeerConnection(only_relays)
    heard: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    channel = caller.createDataChannel("words")
    channel.on("open", lambda: channel.send("through the relay"))
    callee.on("datachannel", lambda incoming: incoming.on("message", heard.set_result))
    try:
        await caller.setLocalDescription(await caller.createOffer())
        await callee.setRemoteDescription(caller.localDescription)
        await callee.setLocalDescription(await callee.createAnswer())
        await caller.setRemoteDescription(callee.localDescription)
        message = await asyncio.wait_for(heard, PATIENCE_SECONDS)
        described = caller.localDescription.sdp + callee.localDescription.sdp
        return message, set(re.findall(r"^a=candidate:.* typ (\w+)", described, re.MULTILINE))
    finally:
        await asyncio.gather(caller.close(), callee.close())


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_two_peers_that_can_only_be_relayed_talk(transport: str, tmp_path: Path) -> None:
    with with_turn(tmp_path) as served:
        stun, turn = ice_servers(served, tmp_path)
        assert [url.partition(":")[0] for url in stun["urls"]] == ["stun"]
        url = next(url for url in turn["urls"] if url.endswith(transport))
        spoken = asyncio.run(talk(RTCIceServer(url, turn["username"], turn["credential"])))
        assert spoken == ("through the relay", {"relay"})
        pid = coturn_of(tmp_path)
        out, _ = served.stop()
    assert served.process.returncode == 0
    assert url in out
    assert not alive(pid)


def test_they_talk_over_tls_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with serving("--port", "0", "--turn", env=with_tls(tmp_path, free_ports(), authority)) as served:
        _, turn = ice_servers(served, tmp_path)
        url = next(url for url in turn["urls"] if url.startswith("turns:"))
        spoken = asyncio.run(talk(RTCIceServer(url, turn["username"], turn["credential"])))
        served.stop()
    assert spoken == ("through the relay", {"relay"})


def test_one_that_dies_is_told_and_started_again(tmp_path: Path) -> None:
    with with_turn(tmp_path) as served:
        assert served.get("/readyz")["checks"]["turn"] == {"ok": True, "detail": "running"}
        first = coturn_of(tmp_path)
        os.kill(first, signal.SIGKILL)

        def another() -> bool:
            assert served.get("/api/health")["status"] == "healthy", "calls go on without a relay"
            return (tmp_path / "data" / "coturn.pid").read_text().strip() not in {"", str(first)}

        assert in_time(another)
        assert in_time(lambda: served.get("/readyz")["checks"]["turn"]["ok"])
        _, errors = served.stop()
    events = [json.loads(line)["event"] for line in errors.splitlines()]
    assert [event for event in events if event.startswith("turn")] == ["turn_server_down", "turn_server_up"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_however_the_server_ends_its_coturn_ends_with_it(number: signal.Signals, tmp_path: Path) -> None:
    with with_turn(tmp_path) as served:
        pid = coturn_of(tmp_path)
        assert alive(pid)
        served.stop(number)
    assert in_time(lambda: not alive(pid))


def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    ports = free_ports()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", ports.plain))
        told = run("serve", "--port", "0", "--turn", env=variables(tmp_path, ports))
    assert (told.returncode, told.stdout) == (7, "")
    wanted = f"connvo: the TURN server cannot listen on 127.0.0.1, UDP port {ports.plain}: address already in use\n"
    assert told.stderr == wanted


def test_a_machine_without_coturn_is_one_line(tmp_path: Path) -> None:
    missing = {**variables(tmp_path, free_ports()), "CONNVO_TURN_PROGRAM": str(tmp_path / "none")}
    told = run("serve", "--port", "0", "--turn", env=missing)
    assert (told.returncode, told.stdout, told.stderr.count("\n")) == (7, "", 1)
    assert "apt install coturn" in told.stderr
