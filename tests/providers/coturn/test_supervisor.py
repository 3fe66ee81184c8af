"""A coturn of our own runs for as long as we do, whatever happens to it."""

import asyncio
import os
import signal
import socket
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from connvo.providers.coturn import supervisor
from connvo.providers.coturn.plan import CoturnError, Plan, planned
from connvo.providers.coturn.supervisor import CONFIGURATION_FILE, PID_FILE, Coturn, complaint
from connvo.settings import ServerSettings, Settings, TurnSettings
from tests.support.coturn import Ports, free_ports

TRIES = 2000


def plan(folder: Path, ports: Ports, program: Path | None = None) -> Plan:
    turn = TurnSettings(port=ports.plain, first_relay_port=ports.first, last_relay_port=ports.last, program=program)
    return planned(Settings(server=ServerSettings(data=folder), turn=turn))


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Coturn]:
    coturn = Coturn(plan(folder, free_ports()), folder)
    await coturn.start()
    try:
        yield coturn
    finally:
        await coturn.stop()


def pid(folder: Path) -> int:
    return int((folder / PID_FILE).read_text())


def command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()


async def until(reached: Callable[[], bool]) -> None:
    """Return once it is so."""
    for _ in range(TRIES):
        if reached():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("that never happened")


def test_it_listens_once_started_and_is_gone_once_stopped(tmp_path: Path) -> None:
    async def run() -> None:
        async with running(tmp_path) as coturn:
            assert coturn.health() == (True, "running")
            os.kill(pid(tmp_path), 0)
        assert coturn.health() == (False, "stopped")

    asyncio.run(run())


def test_its_configuration_is_closed_to_others_and_its_secret_no_argument(tmp_path: Path) -> None:
    async def run() -> None:
        async with running(tmp_path):
            file = tmp_path / CONFIGURATION_FILE
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            secret = (tmp_path / "turn-secret").read_text()
            assert f"static-auth-secret={secret}\n" in file.read_text()
            assert secret not in command_line(pid(tmp_path))

    asyncio.run(run())


def test_one_that_is_killed_is_started_again_and_that_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE_SECONDS", 0.1)

    async def run() -> None:
        async with running(tmp_path) as coturn:
            first = pid(tmp_path)
            os.kill(first, signal.SIGKILL)
            await until(lambda: not coturn.health().passed)
            assert "starts again" in coturn.health().detail
            await until(lambda: coturn.restarts == 1)
            assert coturn.health() == (True, "running")
            assert pid(tmp_path) != first

    asyncio.run(run())


def test_one_that_had_worked_is_started_again_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(
        supervisor.log, "warning", lambda event, reason, restart_in_seconds: pauses.append(restart_in_seconds)
    )
    monkeypatch.setattr(supervisor, "STEADY_SECONDS", 0.0)

    async def run() -> None:
        async with running(tmp_path) as coturn:
            for nth in range(3):
                os.kill(pid(tmp_path), signal.SIGKILL)
                await until(lambda nth=nth: coturn.restarts > nth)  # type: ignore[misc]

    asyncio.run(run())
    assert pauses == [0.0, 0.0, 0.0]


def test_one_that_keeps_ending_is_started_more_and_more_slowly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(
        supervisor.log, "warning", lambda event, reason, restart_in_seconds: pauses.append(restart_in_seconds)
    )
    monkeypatch.setattr(supervisor, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(supervisor, "MAX_PAUSE_SECONDS", 0.05)

    async def run() -> None:
        async with running(tmp_path) as coturn:
            for _ in range(4):
                seen = coturn.restarts
                os.kill(pid(tmp_path), signal.SIGKILL)
                await until(lambda seen=seen: coturn.restarts > seen)  # type: ignore[misc]

    asyncio.run(run())
    assert pauses == [0.01, 0.02, 0.04, 0.05]


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_port_that_is_taken_is_told_and_nothing_is_started(kind: socket.SocketKind, tmp_path: Path) -> None:
    ports = free_ports()
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", ports.plain))
        if kind is socket.SOCK_STREAM:
            taken.listen()
        with pytest.raises(CoturnError, match=f"port {ports.plain}: address already in use"):
            asyncio.run(Coturn(plan(tmp_path, ports), tmp_path).start())
    assert not (tmp_path / CONFIGURATION_FILE).exists()


def test_one_that_ends_at_once_says_why(tmp_path: Path) -> None:
    broken = tmp_path / "turnserver"
    broken.write_text("#!/bin/sh\necho starting\necho 'ERROR: no luck today'\nexit 9\n")
    broken.chmod(0o755)
    with pytest.raises(CoturnError, match="status 9: ERROR: no luck today"):
        asyncio.run(Coturn(plan(tmp_path, free_ports(), broken), tmp_path).start())


def test_its_complaint_is_the_last_one_reported() -> None:
    assert complaint("fine\nCannot bind\nERROR: gave up\nbye\n") == "ERROR: gave up"
    assert complaint("one\ntwo\n") == "two"
    assert complaint("") == "it printed nothing"
