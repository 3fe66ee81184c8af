"""An engine made of a detector of speech and a recogniser."""

from collections.abc import Callable

from connvo.kernel.part_health import PartHealth

from .base import Deliver, Ear, Outage, Recogniser
from .decoding import Decoding
from .ear import CuttingEar
from .hearing import Hearing


class ListeningEngine:
    """The engine. `interim` can be turned off for a recogniser that could give partial results."""

    def __init__(self, hearing: Hearing, recogniser: Recogniser, interim: bool | None = None) -> None:
        self.name = recogniser.name
        self.languages = recogniser.languages
        self.interim = recogniser.interim if interim is None else interim
        self._hearing = hearing
        self._recogniser = recogniser
        self._decoding = Decoding(recogniser)

    async def start(self) -> None:
        """Start the parts; they become ready later."""
        await self._hearing.start()
        await self._recogniser.start()
        await self._decoding.start()

    async def stop(self) -> None:
        """End the parts."""
        await self._decoding.stop()
        await self._recogniser.stop()
        await self._hearing.stop()

    def health(self) -> PartHealth:
        """Return whether both parts work, or the state of the one that does not."""
        hearing = self._hearing.health()
        return self._recogniser.health() if hearing.passed else hearing

    @property
    def lag(self) -> float:
        """The age of the oldest finished utterance without its words, in seconds."""
        return self._decoding.lag

    @property
    def outage(self) -> Outage | None:
        """The time in which nothing is recognised, None if the engine may be used."""
        return self._decoding.outage

    def on_outage(self, called: Callable[[Outage], None]) -> None:
        """Call a function when an outage begins."""
        self._decoding.on_outage = called

    async def open(self, language: str | None, deliver: Deliver) -> Ear:
        """Return an ear for one speaker.

        Raises:
            EngineError: The engine cannot hear now.
        """
        ear = CuttingEar(self._hearing, self._decoding, language, self.interim, deliver)
        await ear.begin()
        return ear
