"""Which carriers of media this deployment has.

A provider that is not configured is never chosen and never offered as a way out.
"""

from functools import lru_cache

from connvo.rules.providers import GETSTREAM, JANUS, MESH, Provider
from connvo.settings import GetStreamSettings, Settings

from .base import RoomError, RoomProvider
from .mesh import Mesh


def available_providers(settings: Settings) -> frozenset[Provider]:
    """Return the providers that work with these settings: the mesh always, a managed one only where configured."""
    configured = {GETSTREAM: settings.getstream.configured, JANUS: settings.janus.configured}
    return frozenset({MESH, *(name for name, there in configured.items() if there)})


def undocumented(settings: Settings) -> frozenset[Provider]:
    """Return the providers beyond the documented API that this server never names, because it has not got them."""
    return frozenset({JANUS}) - available_providers(settings)


def room_provider(settings: Settings, name: Provider) -> RoomProvider:
    """Return a provider by its name.

    Raises:
        RoomError: For one that is not configured.
    """
    if name == MESH:
        return Mesh()
    if name == GETSTREAM and settings.getstream.configured:
        return _getstream(settings.getstream, settings.rooms.token_ttl_seconds)
    if name == JANUS and settings.janus.configured:
        # Who has no Janus needs no client for it.
        from .janus import Janus

        return Janus(settings.janus, settings.secrets.room_token)
    raise RoomError("refused", f"{name} is not configured on this server")


@lru_cache(maxsize=8)
def _getstream(settings: GetStreamSettings, token_ttl: float) -> RoomProvider:
    # Its SDK is large, and not installed where nobody uses it.
    from .getstream import GetStream

    return GetStream(settings, token_ttl)
