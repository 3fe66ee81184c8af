"""The table of attacks, which their modules fill."""

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from bench.hostile.ground import Ground

SECONDS = 6.0


class Attack(NamedTuple):
    """What an attack is called, what it does, and what it needs: time, accounts, settings of the server."""

    title: str
    run: Callable[[Ground], Awaitable[None]]
    seconds: float
    accounts: int
    settings: Mapping[str, str]


ATTACKS: dict[str, Attack] = {}


def attack(
    title: str, *, seconds: float = SECONDS, accounts: int = 0, settings: Mapping[str, str] | None = None
) -> Callable[[Callable[[Ground], Awaitable[None]]], Callable[[Ground], Awaitable[None]]]:
    """Enter a function in the table. Apply above it."""

    def enter(run: Callable[[Ground], Awaitable[None]]) -> Callable[[Ground], Awaitable[None]]:
        name = run.__name__.replace("_", "-")
        ATTACKS[name] = Attack(title, run, seconds, accounts, settings or {})
        return run

    return enter
