"""How well and at what cost each engine recognises recorded speech, and how long after a word it is shown.

The embedded engine is measured, and beside it PocketSphinx, and the server in CONNVO_SPEECH_URL if that is set. Targets
are the embedded engine's. The processor time of a server on another machine is not known.
"""

import asyncio
import os
from itertools import zip_longest
from pathlib import Path
from statistics import quantiles
from time import perf_counter

from connvo.providers.speech.base import SAMPLE_RATE, Final, Partial, Result
from connvo.providers.speech.engine import ListeningEngine
from connvo.providers.speech.factory import CUTTING
from connvo.providers.speech.http import HttpRecogniser
from connvo.providers.speech.moonshine import MOONSHINE, Moonshine
from connvo.providers.speech.workers import Workers
from connvo.rules.transcripts.utterances import AFTER_MS
from connvo.settings import SpeechSettings
from tests.support.clips import SILENCE, audio, clips, errors, noise, tone, typing, words

from .figures import Figure, figure
from .peers import recogniser
from .served import processor_time

FRAME_SAMPLES = 1600
FRAME_SECONDS = FRAME_SAMPLES / SAMPLE_RATE
FRAME_BYTES = FRAME_SAMPLES * 2
SPEAKERS = 2
PATIENCE_SECONDS = 60.0
WER_TARGET = 0.15
RTF_TARGET = 0.3
FINAL_TARGETS, SHOWN_TARGETS = (1.5, 2.5), (1.2, 2.0)
NO_SPEECH_SECONDS, NOISE_SECONDS = 600, 10
HUNDREDTHS = 100


class Engine:
    """An engine that is measured: the embedded one, or the one at an address, in a process of this machine."""

    def __init__(self, name: str, url: str | None = None, pid: int | None = None) -> None:
        self.name = name
        self._settings = SpeechSettings(timeout_seconds=PATIENCE_SECONDS, url=url)
        self._pid = pid
        self._workers: Workers | None = None

    def listening(self, interim: bool | None = None) -> ListeningEngine:
        """Return a new engine with processes of its own."""
        if self._settings.url is None:
            self._workers = Workers(MOONSHINE, 1, PATIENCE_SECONDS)
            return ListeningEngine(self._workers, Moonshine(self._workers, 1), interim)
        self._workers = Workers(CUTTING, 1, PATIENCE_SECONDS)
        return ListeningEngine(self._workers, HttpRecogniser(self._settings), interim)

    def spent(self) -> float:
        """Return the processor time that its processes have used, in seconds."""
        assert self._workers is not None
        pids = [*self._workers.pids(), *([] if self._pid is None else [self._pid])]
        return sum(map(processor_time, pids))

    def figure(self, what: str, value: float, unit: str, target: float | None = None) -> Figure:
        """Return a figure of it; only the embedded engine has targets."""
        name = f"speech, {self.name}: {what}"
        return figure(name, [value], unit) if self._settings.url else figure(name, [value], unit, "<=", target)


class Hearer:
    """One speaker's stream: when each sample was fed, and when each result came."""

    def __init__(self) -> None:
        self.fed: list[float] = []
        self.results: list[tuple[float, Result]] = []

    def deliver(self, result: Result) -> None:
        """Keep a result with its time."""
        self.results.append((perf_counter(), result))

    def finals(self) -> list[tuple[float, Final]]:
        """Return the final words with their times."""
        return [(at, one) for at, one in self.results if isinstance(one, Final) and one.text]

    def said_at(self, sample: int) -> float:
        """Return when a sample was fed."""
        return self.fed[min(sample // FRAME_SAMPLES, len(self.fed) - 1)]

    def final_delays(self) -> list[float]:
        """Return the seconds from the last speech of each utterance to its words."""
        after = int(AFTER_MS * SAMPLE_RATE / 1000)
        return [at - self.said_at(one.end - after) for at, one in self.finals()]

    def shown_delays(self) -> list[float]:
        """Return the seconds until each tenth of a second of speech was first part of words that were shown."""
        delays: list[float] = []
        for _, final in self.finals():
            for sample in range(final.start, final.end, FRAME_SAMPLES):
                shown = min(
                    at
                    for at, one in self.results
                    if isinstance(one, Partial | Final) and one.text and one.start <= sample < one.end
                )
                delays.append(shown - self.said_at(sample))
        return delays


def measure(folder: Path) -> list[Figure]:
    """Return the figures of each engine; nothing is written."""
    settings = SpeechSettings()
    if settings.missing:
        print(f"speaking: {settings.missing} missing, nothing is measured")
        return []
    found = asyncio.run(_engine(Engine(MOONSHINE)))
    lack = recogniser.install()
    if lack is None:
        with recogniser.serving() as (url, pid):
            found += asyncio.run(_engine(Engine(recogniser.NAME, url, pid)))
    else:
        print(lack)
    if settings.url:
        found += asyncio.run(_engine(Engine("http", settings.url)))
    return found


async def _engine(engine: Engine) -> list[Figure]:
    return [*await _in_a_row(engine), *await _at_once(engine), *await _of_no_speech(engine)]


async def _in_a_row(measured: Engine) -> list[Figure]:
    """Return the word error rate over all clips, and the processor time for a second of speech."""
    name, engine = measured.name, measured.listening(interim=False)
    await engine.start()
    (await engine.open("en", lambda result: None)).close()
    before, wrong, seconds = measured.spent(), 0, 0.0
    for clip, said in clips().items():
        hearer, sound = Hearer(), SILENCE + audio(clip) + SILENCE
        ear = await engine.open("en", hearer.deliver)
        for at in range(0, len(sound), FRAME_BYTES):
            await ear.feed(sound[at : at + FRAME_BYTES])
        await ear.flush()
        ear.close()
        text = " ".join(one.text for _, one in hearer.finals())
        missed = errors(said, text)
        wrong += missed
        seconds += sum(one.end - one.start for _, one in hearer.finals()) / SAMPLE_RATE
        print(f"speaking: {name} {clip}: {missed} of {len(words(said))} words wrong: {text}")
    spent = measured.spent() - before
    await engine.stop()
    total = sum(len(words(said)) for said in clips().values())
    return [
        measured.figure(f"word error rate, {total} words", wrong / total, "", WER_TARGET),
        measured.figure("processor seconds for one of speech", spent / seconds, "s", RTF_TARGET),
    ]


async def _of_no_speech(measured: Engine) -> list[Figure]:
    """Return the words that are made of ten minutes of silence and noises."""
    engine, hearer = measured.listening(interim=False), Hearer()
    await engine.start()
    ear = await engine.open("en", hearer.deliver)
    sounds = (
        bytes(2 * SAMPLE_RATE * NOISE_SECONDS),
        tone(NOISE_SECONDS, 50, 100, 150),
        tone(NOISE_SECONDS, 697, 1209),
        noise(NOISE_SECONDS),
        typing(NOISE_SECONDS),
    )
    for sound in sounds * (NO_SPEECH_SECONDS // NOISE_SECONDS // len(sounds)):
        for at in range(0, len(sound), FRAME_BYTES):
            await ear.feed(sound[at : at + FRAME_BYTES])
    await ear.flush()
    await engine.stop()
    made = sum(len(words(one.text)) for _, one in hearer.finals())
    return [measured.figure(f"words made of {NO_SPEECH_SECONDS} s of silence and noises", made, "", 0.0)]


async def _at_once(measured: Engine) -> list[Figure]:
    """Return how long words take while two members speak at once, and the processor time that takes."""
    name, engine = measured.name, measured.listening()
    await engine.start()
    hearers = [Hearer() for _ in range(SPEAKERS)]
    ears = [await engine.open("en", hearer.deliver) for hearer in hearers]
    names = list(clips())
    sounds = [b"".join(SILENCE + audio(one) for one in names[first::SPEAKERS]) + SILENCE for first in range(SPEAKERS)]
    pieces = [[sound[at : at + FRAME_BYTES] for at in range(0, len(sound), FRAME_BYTES)] for sound in sounds]
    before, began = measured.spent(), perf_counter()
    for number, frames in enumerate(zip_longest(*pieces), 1):
        await asyncio.sleep(max(0.0, began + number * FRAME_SECONDS - perf_counter()))
        for hearer, ear, frame in zip(hearers, ears, frames, strict=True):
            if frame:
                hearer.fed.append(perf_counter())
                await ear.feed(frame)
    await asyncio.gather(*(ear.flush() for ear in ears))
    spent = measured.spent() - before
    await engine.stop()
    finals = [delay for hearer in hearers for delay in hearer.final_delays()]
    shown = [delay for hearer in hearers for delay in hearer.shown_delays()]
    spoken = sum(one.end - one.start for hearer in hearers for _, one in hearer.finals()) / SAMPLE_RATE
    print(f"speaking: {name}: the load of this machine was {os.getloadavg()[0]:.1f} at the end")
    what = f"{SPEAKERS} at once"
    return [
        *_percentiles(measured, f"{what}: last word to final words", finals, FINAL_TARGETS),
        *_percentiles(measured, f"{what}: word to first shown", shown, SHOWN_TARGETS),
        measured.figure(f"{what}: processor seconds for one of speech", spent / spoken, "s"),
    ]


def _percentiles(measured: Engine, what: str, delays: list[float], targets: tuple[float, float]) -> list[Figure]:
    steps = quantiles(delays, n=HUNDREDTHS, method="inclusive")
    return [
        measured.figure(f"{what}, p{share}", steps[share - 1], "s", target)
        for share, target in zip((50, 95), targets, strict=True)
    ]
