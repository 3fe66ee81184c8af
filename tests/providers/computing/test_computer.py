"""Functions run in a process of their own, which is gone when it must be."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from connvo.providers.computing import computer as computing
from connvo.providers.computing.computer import Computer, ComputingFailed, computer, stop_computers
from connvo.providers.computing.messages import MAX_BYTES, framed, length_of
from connvo.providers.computing.process import _answer
from connvo.providers.computing.programs import PROGRAMS

SECONDS = 20.0


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has processes run a program of the tests."""
    monkeypatch.setattr(computing, "MODULE", "tests.support.echo_process")
    monkeypatch.setattr(computing, "KEPT_VARIABLES", (*computing.KEPT_VARIABLES, "PYTHONPATH"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([os.getcwd(), "src"]))


@asynccontextmanager
async def running(**options: Any) -> AsyncIterator[Computer]:
    one = Computer("sentences", **options)
    try:
        yield one
    finally:
        await one.stop()


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(work())


@pytest.mark.usefixtures("programs")
def test_results_come_in_the_order_of_requests() -> None:
    async def work() -> None:
        async with running() as one:
            assert one.pid is None, "it starts at need"
            answers = await asyncio.gather(*(one.run(b"%d" % number, SECONDS) for number in range(20)))
            assert answers == [b"<%d>" % number for number in range(20)]
            large = b"x" * 3_000_000
            assert await one.run(large, SECONDS) == b"<" + large + b">"

    run(work)


@pytest.mark.usefixtures("programs")
def test_an_error_is_told_and_the_process_stays() -> None:
    async def work() -> None:
        async with running() as one:
            with pytest.raises(ComputingFailed, match="ValueError: no such thing"):
                await one.run(b"raise", SECONDS)
            pid = one.pid
            assert await one.run(b"a", SECONDS) == b"<a>"
            assert one.pid == pid

    run(work)


@pytest.mark.usefixtures("programs")
def test_a_process_that_ends_is_replaced() -> None:
    async def work() -> None:
        async with running() as one:
            with pytest.raises(ComputingFailed):
                await one.run(b"exit", SECONDS)
            assert await one.run(b"a", SECONDS) == b"<a>"
            assert one.pid is not None
            os.kill(one.pid, signal.SIGKILL)
            await asyncio.sleep(0.05)
            assert await one.run(b"b", SECONDS) == b"<b>"

    run(work)


@pytest.mark.usefixtures("programs")
def test_a_late_process_is_killed_and_its_answer_is_not_that_of_the_next() -> None:
    async def work() -> None:
        async with running() as one:
            await one.run(b"a", SECONDS)
            pid = one.pid
            with pytest.raises(ComputingFailed, match="longer"):
                await one.run(b"hang", 0.05)
            assert await one.run(b"b", SECONDS) == b"<b>"
            assert one.pid != pid
            task = asyncio.create_task(one.run(b"hang", SECONDS))
            await asyncio.sleep(0.05)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert await one.run(b"c", SECONDS) == b"<c>"

    run(work)


@pytest.mark.usefixtures("programs")
def test_prints_of_a_library_are_no_answers() -> None:
    async def work() -> None:
        async with running() as one:
            assert await one.run(b"print", SECONDS) == b"<print>"
            assert await one.run(b"a", SECONDS) == b"<a>"

    run(work)


@pytest.mark.usefixtures("programs")
def test_an_idle_process_ends() -> None:
    async def work() -> None:
        async with running(idle_seconds=0.05) as one:
            await one.run(b"a", SECONDS)
            pid = one.pid
            assert pid is not None
            for _ in range(400):
                await asyncio.sleep(0.01)
                if one.pid is None:
                    break
            assert one.pid is None
            assert await one.run(b"b", SECONDS) == b"<b>"
            assert one.pid != pid

    run(work)


@pytest.mark.usefixtures("programs")
def test_a_loop_has_one_process_for_each_program_and_ends_it() -> None:
    async def work() -> None:
        assert computer("sentences") is computer("sentences")
        await computer("sentences").run(b"a", SECONDS)
        pid = computer("sentences").pid
        await stop_computers()
        assert pid is not None
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)

    run(work)


def test_only_listed_functions_are_there() -> None:
    for target in PROGRAMS.values():
        module, _, name = target.partition(":")
        assert module.startswith("connvo.")
        assert name.isidentifier()


def test_a_message_is_bounded() -> None:
    with pytest.raises(ValueError, match="bytes"):
        length_of((MAX_BYTES + 1).to_bytes(4, "big"))
    assert framed(b"abc") == b"\x00\x00\x00\x03abc"
    assert "ModuleNotFoundError" in getattr(_answer("connvo.nothing:run", b""), "reason", "")
