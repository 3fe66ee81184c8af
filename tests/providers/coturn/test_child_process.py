"""What is on the leash ends with whoever holds it."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest

from connvo.providers.coturn import child_process
from connvo.providers.coturn.child_process import ChildProcess

PATIENCE_SECONDS = 10
HOLDER = """
import asyncio, sys
from connvo.providers.coturn.child_process import ChildProcess
async def hold():
    program = await ChildProcess.start(["sh", "-c", "echo $$ > $0; exec sleep 600", sys.argv[1]])
    print("held", flush=True)
    await program.ended()
asyncio.run(hold())
"""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(pid: int) -> bool:
    until = monotonic() + PATIENCE_SECONDS
    while alive(pid) and monotonic() < until:
        sleep(0.01)
    return not alive(pid)


def written(file: Path) -> int:
    until = monotonic() + PATIENCE_SECONDS
    while not (file.exists() and file.read_text().strip()):
        assert monotonic() < until
        sleep(0.01)
    return int(file.read_text())


def test_it_reports_how_a_program_ended_and_its_output() -> None:
    async def run() -> tuple[int, str, bool]:
        program = await ChildProcess.start(["sh", "-c", "echo good bye; exit 3"])
        return await program.ended(), program.said, program.running

    assert asyncio.run(run()) == (3, "good bye\n", False)


def test_a_program_that_is_not_there_has_ended() -> None:
    async def run() -> int:
        return await (await ChildProcess.start(["/nowhere/at/all"])).ended()

    assert asyncio.run(run()) == 127


def test_it_ends_a_program_in_order(tmp_path: Path) -> None:
    assert ended_by_us(tmp_path / "pid", "trap 'echo asked; exit' TERM") == "asked\n"
    assert gone(written(tmp_path / "pid"))


def test_it_ends_one_that_will_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_process, "STOP_SECONDS", 0.2)
    assert ended_by_us(tmp_path / "pid", "trap '' TERM") == ""
    assert gone(written(tmp_path / "pid"))


def ended_by_us(file: Path, manners: str) -> str:
    """Run a program until it has written its number, end it, and return what it said."""

    async def run() -> str:
        loop = f"{manners}; echo $$ > {file}; while :; do sleep 0.01; done"
        program = await ChildProcess.start(["sh", "-c", loop])
        await asyncio.to_thread(written, file)
        await program.end()
        return program.said

    return asyncio.run(run())


def test_one_that_ends_leaves_no_child_behind(tmp_path: Path) -> None:
    file = tmp_path / "pid"

    async def run() -> None:
        await (await ChildProcess.start(["sh", "-c", f"sleep 600 & echo $! > {file}"])).ended()

    asyncio.run(run())
    assert gone(written(file))


def test_when_its_holder_is_killed_the_program_ends(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(file)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        program = written(file)
        assert alive(program)
        os.kill(holder.pid, signal.SIGKILL)
    assert gone(program)
