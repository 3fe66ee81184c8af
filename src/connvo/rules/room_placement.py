"""Placement of rooms: where a room goes when it grows or its provider fails, and when a mesh is full.

`healthy` are the configured providers whose breakers are closed.
"""

from collections.abc import Set as AbstractSet

from .providers import MESH, PREFERRED, Provider

# From the announcement of a move to the move: long enough to read a line.
ANNOUNCED_MS = 2_000.0
FIRST_RETRY_SECONDS = 2.0
MAX_RETRY_SECONDS = 30.0


def best(among: AbstractSet[Provider]) -> Provider | None:
    """Return the best of these providers, or None when there is none."""
    return next((provider for provider in PREFERRED if provider in among), None)


def on_growth(provider: Provider, joined: int, mesh_limit: int, healthy: AbstractSet[Provider]) -> Provider | None:
    """Return where a mesh that is too large moves to; None for any other room. A room that shrinks does not move."""
    return best(healthy - {MESH}) if provider == MESH and joined > mesh_limit else None


def on_failed_opening(
    tried: tuple[Provider, ...], joined: int, mesh_limit: int, healthy: AbstractSet[Provider]
) -> Provider | None:
    """Return where a room goes that failed to open: to an untried provider, or to the mesh if it is small enough.

    None: it stays at its provider, closed, until it can be opened.
    """
    left = {p for p in healthy if p not in tried and p != MESH}
    if MESH in healthy and joined <= mesh_limit and tried[-1:] != (MESH,):
        left.add(MESH)
    return best(left)


def retry_seconds(tries: int) -> float:
    """Return the pause before the next try to open a closed room, after this many tries."""
    return float(min(FIRST_RETRY_SECONDS * 2 ** min(tries, 16), MAX_RETRY_SECONDS))


def takes_more(provider: Provider, joined: int, mesh_limit: int, healthy: AbstractSet[Provider]) -> bool:
    """Return whether a room can take one more member: a full mesh only if it can move to another provider."""
    return provider != MESH or joined < mesh_limit or bool(healthy - {MESH})
