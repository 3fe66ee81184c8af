"""The embedded recogniser: Moonshine's English model, in the server's own speech workers."""

from connvo.kernel.part_health import PartHealth

from .base import Transcription
from .workers import Workers

MOONSHINE = "moonshine"
LANGUAGE = "en"


class Moonshine:
    """The recogniser. Its workers tell speech from silence too, and are started as that part of the engine."""

    name = MOONSHINE
    languages = frozenset({LANGUAGE})
    interim = True

    def __init__(self, workers: Workers, slots: int) -> None:
        self._workers = workers
        self.slots = slots

    async def start(self) -> None:
        """Do nothing: the workers are started already."""

    async def stop(self) -> None:
        """Do nothing: the workers are stopped later."""

    def health(self) -> PartHealth:
        """Return whether a worker is ready."""
        return self._workers.health()

    async def recognise(self, samples: bytes, language: str | None) -> Transcription:
        """Return the words in an utterance.

        Raises:
            EngineError: No worker could do it.
        """
        found = await self._workers.decode(samples)
        return Transcription(text=found.text, language=LANGUAGE)
