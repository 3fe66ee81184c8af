"""Processes that are one hear of each other at once; without others there is nobody to tell."""

import asyncio

from connvo.bus.local import LocalBus, Street


def test_everybody_on_the_street_but_oneself_hears_a_hint() -> None:
    async def talk() -> None:
        street = Street()
        heard: dict[str, list[int | None]] = {name: [] for name in "abc"}
        buses = {name: LocalBus(street) for name in heard}
        for name, bus in buses.items():
            await bus.open(heard[name].append)
        buses["a"].hint(1)
        await buses["b"].close()
        buses["c"].hint(2)
        assert heard == {"a": [2], "b": [1], "c": [1]}

    asyncio.run(talk())


def test_a_bus_alone_tells_nobody() -> None:
    async def talk() -> None:
        heard: list[int | None] = []
        alone, other = LocalBus(), LocalBus()
        await alone.open(heard.append)
        alone.hint(1)
        other.hint(2)
        assert heard == []
        await alone.close()
        await alone.close()

    asyncio.run(talk())
