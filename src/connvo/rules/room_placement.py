"""Where a room goes when it grows or when its provider fails, how long it waits, and when a mesh takes more people.

Pure rules on plain values. `healthy` are the configured providers whose breakers are closed.
"""

from collections.abc import Set as AbstractSet

from .providers import MESH, PREFERRED, Provider

# Between the announcement of a move and the move: long enough to read a line.
ANNOUNCED_MS = 2_000.0
FIRST_RETRY_SECONDS = 2.0
MAX_RETRY_SECONDS = 30.0


def best(among: AbstractSet[Provider]) -> Provider | None:
    """Return the best of these providers, or None when there is none."""
    return next((provider for provider in PREFERRED if provider in among), None)


def on_growth(provider: Provider, joined: int, mesh_limit: int, healthy: AbstractSet[Provider]) -> Provider | None:
    """Return where a mesh that is too large moves to; None for any other room. What shrinks stays where it is."""
    return best(healthy - {MESH}) if provider == MESH and joined > mesh_limit else None


def on_failed_opening(
    tried: tuple[Provider, ...], joined: int, mesh_limit: int, healthy: AbstractSet[Provider]
) -> Provider | None:
    """Return where a room goes that did not open: to a provider not tried yet, or to the mesh if it is small enough.

    None: it stays where it is, closed, until it can be opened.
    """
    left = {p for p in healthy if p not in tried and p != MESH}
    if MESH in healthy and joined <= mesh_limit and tried[-1:] != (MESH,):
        left.add(MESH)
    return best(left)


def retry_seconds(tries: int) -> float:
    """Return how long a closed room waits before it is tried again, after so many tries."""
    return float(min(FIRST_RETRY_SECONDS * 2 ** min(tries, 16), MAX_RETRY_SECONDS))


def takes_more(provider: Provider, joined: int, mesh_limit: int, healthy: AbstractSet[Provider]) -> bool:
    """Return whether a room can take one more: a full mesh only if it can move to where there is room."""
    return provider != MESH or joined < mesh_limit or bool(healthy - {MESH})
