"""Fixtures of the tests of the speech socket."""

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import msgspec
import pytest

from connvo.providers.speech import decoding
from connvo.providers.speech.base import SpeechEngine
from connvo.rules.transcripts import pacing
from connvo.transport.speech import pressure, stream
from tests.support.scripted_speech import ScriptedEngine
from tests.support.speech import Talk
from tests.support.speech_fixtures import each_talk as each_talk
from tests.support.speech_fixtures import talk as talk
from tests.support.speech_socket import SpeechHouse

MakeHouse = Callable[..., SpeechHouse]
# More frames a second than a test sends.
UNLIMITED = 100_000.0
# Waits of which nothing depends on the length: a tenth, or half, of what they are.
SHORTER: dict[ModuleType, dict[str, Any]] = {
    pressure: {"TICK_SECONDS": 0.05, "BUSY_SECONDS": 0.2},
    stream: {"CHECK_SECONDS": 0.1, "RETRY_SECONDS": 0.2},
    pacing: {"LITTLE_LAG_SECONDS": 0.1, "SOME_LAG_SECONDS": 0.2, "MAX_LAG_SECONDS": 0.6},
    decoding: {"LIMITS": msgspec.structs.replace(decoding.LIMITS, first_pause_ms=500.0)},
}


@pytest.fixture(autouse=True)
def _shorter_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shortens the waits of the server in this process."""
    for module, values in SHORTER.items():
        for name, value in values.items():
            monkeypatch.setattr(module, name, value)


@pytest.fixture
def make_house(talk: Talk) -> Iterator[MakeHouse]:
    """Makes houses with an engine and settings."""
    houses: list[SpeechHouse] = []

    def make(engine: SpeechEngine | None = None, of: Talk | None = None, **settings: Any) -> SpeechHouse:
        houses.append(SpeechHouse(of or talk, engine, **{"frames_per_second": UNLIMITED, **settings}))
        return houses[-1]

    yield make
    for house in houses:
        house.close()


@pytest.fixture
def engine() -> ScriptedEngine:
    """An engine that hears "Hello" in everything."""
    return ScriptedEngine()


@pytest.fixture
def house(make_house: MakeHouse, engine: ScriptedEngine) -> SpeechHouse:
    """A meeting with a transcript to which the host and the guest agreed."""
    house = make_house(engine)
    house.agree("transcript", house.talk.host, house.talk.guest)
    return house
