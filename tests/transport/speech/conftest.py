"""Fixtures of the tests of the speech socket."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connvo.providers.speech.base import SpeechEngine
from tests.support.scripted_speech import ScriptedEngine
from tests.support.speech import Talk
from tests.support.speech_fixtures import each_talk as each_talk
from tests.support.speech_fixtures import talk as talk
from tests.support.speech_socket import SpeechHouse

MakeHouse = Callable[..., SpeechHouse]


@pytest.fixture
def make_house(talk: Talk) -> Iterator[MakeHouse]:
    """Makes houses with an engine and settings."""
    houses: list[SpeechHouse] = []

    def make(engine: SpeechEngine | None = None, of: Talk | None = None, **settings: Any) -> SpeechHouse:
        houses.append(SpeechHouse(of or talk, engine, **settings))
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
