"""Processes that are one hear of each other at once; without others there is nobody to tell."""

import asyncio

from connvo.bus.base import NO_PAYLOAD, Wake
from connvo.bus.local import LocalBus, LocalHub


def ear(heard: list[tuple[int | None, str]]) -> Wake:
    """Return who writes down what it hears."""

    def wake(seq: int | None, payload: str = NO_PAYLOAD) -> None:
        heard.append((seq, payload))

    return wake


def test_everybody_on_the_street_but_oneself_hears_a_hint() -> None:
    async def talk() -> None:
        hub = LocalHub()
        heard: dict[str, list[tuple[int | None, str]]] = {name: [] for name in "abc"}
        buses = {name: LocalBus(hub) for name in heard}
        for name, bus in buses.items():
            await bus.open(ear(heard[name]))
        buses["a"].hint(1, "news")
        await buses["b"].close()
        buses["c"].hint(2)
        assert heard == {"a": [(2, "")], "b": [(1, "news")], "c": [(1, "news")]}

    asyncio.run(talk())


def test_a_bus_alone_tells_nobody() -> None:
    async def talk() -> None:
        heard: list[tuple[int | None, str]] = []
        alone, other = LocalBus(), LocalBus()
        await alone.open(ear(heard))
        alone.hint(1)
        other.hint(2)
        assert heard == []
        await alone.close()
        await alone.close()

    asyncio.run(talk())
