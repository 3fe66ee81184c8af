"""The embedded engine in its real processes: speech becomes its words, noise becomes none, and processes end."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from connvo.providers.speech import workers
from connvo.providers.speech.base import Final, Partial, Result
from connvo.providers.speech.engine import ListeningEngine
from connvo.providers.speech.factory import speech_engine
from connvo.providers.speech.moonshine import Moonshine
from connvo.providers.speech.workers import Workers
from connvo.settings import SpeechSettings
from tests.support.clips import SILENCE, audio, clips, error_rate, errors, noise, tone, typing
from tests.support.outside import needs

FRAME = 3200
MAX_ERROR_RATE = 0.15
READY_SECONDS = 60.0


@pytest.fixture(autouse=True, scope="module")
def _patience() -> Iterator[None]:
    """Gives a busy machine more time to load the model."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "READY_SECONDS", READY_SECONDS)
        yield


class Listener:
    """An engine of one worker, and what was heard."""

    def __init__(self, patience: float = 15.0, interim: bool = False) -> None:
        self.workers = Workers("moonshine", 1, patience)
        self.engine = ListeningEngine(self.workers, Moonshine(self.workers, 1), interim)
        self.results: list[Result] = []

    async def hear(self, samples: bytes) -> str:
        """Returns the words in some audio."""
        ear = await self.engine.open("en", self.results.append)
        before = len(self.results)
        for at in range(0, len(samples), FRAME):
            await ear.feed(samples[at : at + FRAME])
        await ear.flush()
        ear.close()
        return " ".join(one.text for one in self.results[before:] if isinstance(one, Final) and one.text)

    async def ready(self, other_than: int = 0) -> int:
        """Has the workers start, and waits for one; returns its id."""
        until = monotonic() + READY_SECONDS
        if not self.workers.pids():
            (await self.engine.open("en", lambda result: None)).close()
        for _ in range(10_000):
            found = [pid for pid in self.workers.pids() if pid != other_than]
            if found:
                return found[0]
            assert monotonic() < until, self.workers.health()
            await asyncio.sleep(0.02)
        raise AssertionError("no worker")


def listening(work: Callable[[Listener], Awaitable[Any]], **options: Any) -> Any:
    needs("processes to kill")

    async def run() -> Any:
        listener = Listener(**options)
        await listener.engine.start()
        try:
            await listener.ready()
            return await work(listener)
        finally:
            await listener.engine.stop()
            assert listener.workers.pids() == []

    return asyncio.run(run())


Shared = Callable[[Callable[[Listener], Coroutine[Any, Any, Any]]], Any]


@pytest.fixture(scope="module")
def shared(_patience: None) -> Iterator[Shared]:
    """Runs work with one listener of all tests that leave its worker alone: loading the model takes seconds."""
    needs("processes to kill")
    with pytest.MonkeyPatch.context() as patch, asyncio.Runner() as runner:
        patch.setenv("CONNVO_SPEECH_KEY", "sk-secret")
        listener = Listener(interim=True)
        runner.run(listener.engine.start())
        try:
            runner.run(listener.ready())
            yield lambda work: runner.run(work(listener))
        finally:
            runner.run(listener.engine.stop())


def test_recorded_speech_becomes_its_words(shared: Shared) -> None:
    async def work(listener: Listener) -> dict[str, str]:
        return {name: await listener.hear(SILENCE + audio(name) + SILENCE) for name in clips()}

    recognised = shared(work)
    assert error_rate(recognised) <= MAX_ERROR_RATE, recognised


@pytest.mark.parametrize(
    "sound",
    [bytes(32_000 * 20), tone(10, 50, 100, 150), tone(10, 440), tone(5, 697, 1209), noise(10), typing(10)],
    ids=["silence", "hum", "tone", "dialling", "fan", "typing"],
)
def test_noise_becomes_no_words(shared: Shared, sound: bytes) -> None:
    assert shared(lambda listener: listener.hear(sound)) == ""


def test_interim_words_grow_to_the_final_ones(shared: Shared) -> None:
    async def work(listener: Listener) -> None:
        listener.results.clear()
        ear = await listener.engine.open("en", listener.results.append)
        sound = SILENCE + audio("austen-0890") + SILENCE
        for at in range(0, len(sound), FRAME):
            await ear.feed(sound[at : at + FRAME])
            await asyncio.sleep(0.03)
        await ear.flush()
        partials = [one for one in listener.results if isinstance(one, Partial)]
        finals = [one for one in listener.results if isinstance(one, Final)]
        assert partials and len(finals) == 1, listener.results
        assert all(one.start == finals[0].start and one.end <= finals[0].end + 16_000 for one in partials)

    shared(work)


def test_a_worker_that_is_killed_in_mid_sentence_loses_no_word() -> None:
    async def work(listener: Listener) -> str:
        pid = await listener.ready()
        ear = await listener.engine.open("en", listener.results.append)
        sound = SILENCE + audio("austen-0890") + SILENCE
        for number, at in enumerate(range(0, len(sound), FRAME)):
            if number == 30:
                os.kill(pid, signal.SIGKILL)
            await ear.feed(sound[at : at + FRAME])
            await asyncio.sleep(0.01)
        await ear.flush()
        assert await listener.ready(other_than=pid) != pid
        assert listener.workers.restarts == 1
        return " ".join(one.text for one in listener.results if isinstance(one, Final))

    assert errors(clips()["austen-0890"], listening(work)) <= 2


def test_a_worker_that_is_stuck_is_replaced() -> None:
    async def work(listener: Listener) -> str:
        pid = await listener.ready()
        os.kill(pid, signal.SIGSTOP)
        said = await listener.hear(SILENCE + audio("austen-0930") + SILENCE)
        assert await listener.ready(other_than=pid) != pid
        return said

    assert errors(clips()["austen-0930"], listening(work, patience=3.0)) <= 1


def test_a_worker_yields_to_the_server_and_knows_none_of_its_secrets(shared: Shared) -> None:
    async def work(listener: Listener) -> None:
        check_restrictions(await listener.ready())

    shared(work)


def check_restrictions(pid: int) -> None:
    process = Path("/proc") / str(pid)
    assert os.getpriority(os.PRIO_PROCESS, pid) >= 10
    assert b"sk-secret" not in (process / "environ").read_bytes()
    limits = (process / "limits").read_text().splitlines()
    for name in ("Max file size", "Max core file size"):
        assert [line.split()[-3:-1] for line in limits if line.startswith(name)] == [["0", "0"]]


def test_workers_end_with_a_server_that_is_killed() -> None:
    needs("processes to kill")
    program = (
        "import asyncio\n"
        "from tests.providers.speech.test_moonshine import Listener\n"
        "async def run():\n"
        "    listener = Listener()\n"
        "    await listener.engine.start()\n"
        "    print(await listener.ready(), flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(run())\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        worker = Path("/proc") / server.stdout.readline().strip()
        assert worker.exists()
        server.kill()
    until = monotonic() + 10
    while worker.exists() and _is_alive(worker):
        assert monotonic() < until


def _is_alive(process: Path) -> bool:
    try:
        return "\nState:\tZ" not in (process / "status").read_text()
    except OSError:
        return False


def test_workers_start_with_the_first_speaker_and_end_when_none_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "IDLE_SECONDS", 0.5)
    monkeypatch.setattr(workers, "IDLE_CHECK_SECONDS", 0.02)

    async def run() -> None:
        listener = Listener()
        await listener.engine.start()
        assert (listener.workers.pids(), listener.engine.health().passed) == ([], True)
        ear = await listener.engine.open("en", listener.results.append)
        await asyncio.sleep(1.0)
        assert len(listener.workers.pids()) == 1, "a stream goes on"
        ear.close()
        for _ in range(500):
            if not listener.workers.pids():
                break
            await asyncio.sleep(0.02)
        assert (listener.workers.pids(), listener.engine.health().passed) == ([], True)
        assert errors(clips()["forward"], await listener.hear(SILENCE + audio("forward") + SILENCE)) <= 1
        await listener.engine.stop()

    asyncio.run(run())


def test_the_settings_choose_the_engine() -> None:
    engine = speech_engine(SpeechSettings())
    assert engine is not None and (engine.name, engine.languages, engine.interim) == (
        "moonshine",
        frozenset({"en"}),
        True,
    )
    server = speech_engine(SpeechSettings(url="http://127.0.0.1:1/v1", languages="en, de"))
    assert server is not None and (server.name, server.languages, server.interim) == (
        "http",
        frozenset({"en", "de"}),
        False,
    )
    assert speech_engine(SpeechSettings(engine="off")) is None
