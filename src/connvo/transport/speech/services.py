"""The services that the streams of a process share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from connvo.kernel.identity import Identity
from connvo.providers.speech.base import SpeechEngine
from connvo.runtime.function import Function
from connvo.settings import SpeechSettings
from connvo.telemetry.instruments import Measured


class SpeechFunctions(NamedTuple):
    """The functions of the tree that know who may be heard, and keep or show words.

    `listen(meeting, stream)` returns whether the caller may be heard; `take_final` and `take_interim` take words;
    `end_stream` removes those that were being spoken; `report` records the state of the recogniser for a meeting.
    """

    listen: Function[..., object]
    take_final: Function[..., object]
    take_interim: Function[..., object]
    end_stream: Function[..., object]
    report: Function[..., object]


class Listening(Protocol):
    """The answer of `listen`."""

    @property
    def user_id(self) -> str:
        """The caller's id."""
        ...

    @property
    def mode(self) -> str:
        """The mode that is on: off, captions or transcript."""
        ...

    @property
    def allowed(self) -> bool:
        """Whether the caller has agreed to that mode."""
        ...

    @property
    def language(self) -> str | None:
        """The language that the caller chose."""
        ...

    @property
    def final_until(self) -> float:
        """The end of the last words that were stored of the stream, in ms."""
        ...


class Call(Protocol):
    """Run a function of the tree for the server itself."""

    async def __call__(
        self, function: Function[..., object], identity: Identity | None = None, **kwargs: object
    ) -> Any:
        """Return its result, or raise its error."""
        ...


@dataclass(frozen=True)
class Services:
    """The shared services. `engine` is None where none is configured."""

    call: Call
    functions: SpeechFunctions
    engine: SpeechEngine | None
    settings: SpeechSettings
    now_ms: Callable[[], float]
    measured: Measured
    leeway_ms: float
