"""How well and at what cost each engine recognises recorded speech, and how long after a word it is shown.

The embedded engine is measured, and beside it the server in CONNVO_SPEECH_URL if that is set.
"""

import asyncio
import os
from itertools import zip_longest
from pathlib import Path
from statistics import quantiles
from time import perf_counter

from connvo.providers.speech.base import SAMPLE_RATE, Final, Partial, Recogniser, Result
from connvo.providers.speech.engine import ListeningEngine
from connvo.providers.speech.factory import CUTTING
from connvo.providers.speech.http import HttpRecogniser
from connvo.providers.speech.moonshine import MOONSHINE, Moonshine
from connvo.providers.speech.workers import Workers
from connvo.rules.transcripts.utterances import AFTER_MS
from connvo.settings import SpeechSettings
from tests.support.clips import SILENCE, audio, clips, errors, words

from .figures import Figure, figure

FRAME_SAMPLES = 1600
FRAME_SECONDS = FRAME_SAMPLES / SAMPLE_RATE
FRAME_BYTES = FRAME_SAMPLES * 2
SPEAKERS = 2
PATIENCE_SECONDS = 60.0
WER_TARGET = 0.15
RTF_TARGET = 0.3
FINAL_TARGETS, SHOWN_TARGETS = (1.5, 2.5), (1.2, 2.0)
TICKS = os.sysconf("SC_CLK_TCK")
HUNDREDTHS = 100


class Hearer:
    """One speaker's stream: when each sample was fed, and when each result came."""

    def __init__(self) -> None:
        self.fed: list[float] = []
        self.results: list[tuple[float, Result]] = []

    def deliver(self, result: Result) -> None:
        """Keeps a result with its time."""
        self.results.append((perf_counter(), result))

    def finals(self) -> list[tuple[float, Final]]:
        """Returns the final words with their times."""
        return [(at, one) for at, one in self.results if isinstance(one, Final) and one.text]

    def said_at(self, sample: int) -> float:
        """Returns when a sample was fed."""
        return self.fed[min(sample // FRAME_SAMPLES, len(self.fed) - 1)]

    def final_delays(self) -> list[float]:
        """Returns the seconds from the last speech of each utterance to its words."""
        after = int(AFTER_MS * SAMPLE_RATE / 1000)
        return [at - self.said_at(one.end - after) for at, one in self.finals()]

    def shown_delays(self) -> list[float]:
        """Returns the seconds until each tenth of a second of speech was first part of words that were shown."""
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
    """Returns the figures of each engine; nothing is written."""
    settings = SpeechSettings(timeout_seconds=PATIENCE_SECONDS)
    if settings.missing:
        print(f"speaking: {settings.missing} missing, nothing is measured")
        return []
    names = [MOONSHINE, *(["http"] if settings.url else [])]
    return [one for name in names for one in asyncio.run(_engine(settings, name))]


async def _engine(settings: SpeechSettings, name: str) -> list[Figure]:
    return [*await _in_a_row(*_parts(settings, name), name), *await _at_once(*_parts(settings, name), name)]


def _parts(settings: SpeechSettings, name: str) -> tuple[Workers, Recogniser]:
    if name != MOONSHINE:
        return Workers(CUTTING, 1, PATIENCE_SECONDS), HttpRecogniser(settings)
    workers = Workers(MOONSHINE, 1, PATIENCE_SECONDS)
    return workers, Moonshine(workers, 1)


async def _in_a_row(workers: Workers, recogniser: Recogniser, name: str) -> list[Figure]:
    """Returns the word error rate over all clips, and the processor time of the workers for a second of speech."""
    engine = ListeningEngine(workers, recogniser, interim=False)
    await engine.start()
    (await engine.open("en", lambda result: None)).close()
    before, wrong, seconds = _spent(workers), 0, 0.0
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
    spent = _spent(workers) - before
    await engine.stop()
    total = sum(len(words(said)) for said in clips().values())
    return [
        figure(f"speech, {name}: word error rate, {total} words", [wrong / total], "", "<=", WER_TARGET),
        figure(f"speech, {name}: processor seconds for one of speech", [spent / seconds], "s", "<=", RTF_TARGET),
    ]


async def _at_once(workers: Workers, recogniser: Recogniser, name: str) -> list[Figure]:
    """Returns how long words take while two members speak at once, and the processor time that takes."""
    engine = ListeningEngine(workers, recogniser)
    await engine.start()
    hearers = [Hearer() for _ in range(SPEAKERS)]
    ears = [await engine.open("en", hearer.deliver) for hearer in hearers]
    names = list(clips())
    sounds = [b"".join(SILENCE + audio(one) for one in names[first::SPEAKERS]) + SILENCE for first in range(SPEAKERS)]
    pieces = [[sound[at : at + FRAME_BYTES] for at in range(0, len(sound), FRAME_BYTES)] for sound in sounds]
    before, began = _spent(workers), perf_counter()
    for number, frames in enumerate(zip_longest(*pieces), 1):
        await asyncio.sleep(max(0.0, began + number * FRAME_SECONDS - perf_counter()))
        for hearer, ear, frame in zip(hearers, ears, frames, strict=True):
            if frame:
                hearer.fed.append(perf_counter())
                await ear.feed(frame)
    await asyncio.gather(*(ear.flush() for ear in ears))
    spent = _spent(workers) - before
    await engine.stop()
    finals = [delay for hearer in hearers for delay in hearer.final_delays()]
    shown = [delay for hearer in hearers for delay in hearer.shown_delays()]
    spoken = sum(one.end - one.start for hearer in hearers for _, one in hearer.finals()) / SAMPLE_RATE
    print(f"speaking: {name}: the load of this machine was {os.getloadavg()[0]:.1f} at the end")
    what = f"speech, {name}, {SPEAKERS} at once"
    return [
        *_percentiles(f"{what}: last word to final words", finals, FINAL_TARGETS),
        *_percentiles(f"{what}: word to first shown", shown, SHOWN_TARGETS),
        figure(f"{what}: processor seconds for one of speech", [spent / spoken], "s"),
    ]


def _percentiles(name: str, delays: list[float], targets: tuple[float, float]) -> list[Figure]:
    steps = quantiles(delays, n=HUNDREDTHS, method="inclusive")
    return [
        figure(f"{name}, p{share}", [steps[share - 1]], "s", "<=", target)
        for share, target in zip((50, 95), targets, strict=True)
    ]


def _spent(workers: Workers) -> float:
    """Returns the processor time that the workers have used, in seconds."""
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in workers.pids()]
    return sum(int(stat[11]) + int(stat[12]) for stat in fields) / TICKS
