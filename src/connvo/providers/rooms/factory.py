"""The media providers of this deployment.

Guarantees:
    A provider that is not configured is never chosen and never offered.
"""

from functools import lru_cache

from connvo.rules.providers import GETSTREAM, JANUS, MESH, Provider
from connvo.settings import GetStreamSettings, Settings

from .base import RoomError, RoomProvider
from .mesh import Mesh


def available_providers(settings: Settings) -> frozenset[Provider]:
    """Return the providers that work with these settings: the mesh always, a managed one only if configured."""
    configured = {GETSTREAM: settings.getstream.configured, JANUS: settings.janus.configured}
    return frozenset({MESH, *(name for name, there in configured.items() if there)})


def undocumented(settings: Settings) -> frozenset[Provider]:
    """Return the providers outside the documented API that this server never names, as they are not configured."""
    return frozenset({JANUS}) - available_providers(settings)


def room_provider(settings: Settings, name: Provider) -> RoomProvider:
    """Return a provider by its name.

    Raises:
        RoomError: The provider is not configured.
    """
    if name == MESH:
        return Mesh()
    if name == GETSTREAM and settings.getstream.configured:
        return _getstream(settings.getstream, settings.rooms.token_ttl_seconds)
    if name == JANUS and settings.janus.configured:
        # Imported only where Janus is configured.
        from .janus import Janus

        return Janus(settings.janus, settings.secrets.room_token)
    raise RoomError("refused", f"{name} is not configured on this server")


@lru_cache(maxsize=8)
def _getstream(settings: GetStreamSettings, token_ttl: float) -> RoomProvider:
    # The SDK is large, and an optional dependency.
    from .getstream import GetStream

    return GetStream(settings, token_ttl)
