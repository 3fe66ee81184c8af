"""Which carriers of media this deployment has.

A provider that is not configured is never chosen and never offered as a way out.
"""

from ...domain.providers import JANUS, MESH, Provider
from ...settings import Settings
from .base import RoomError, RoomProvider
from .mesh import Mesh


def available_providers(settings: Settings) -> frozenset[Provider]:
    """Returns the providers that work with these settings: the mesh always, a managed one only where configured."""
    return frozenset({MESH})


def undocumented(settings: Settings) -> frozenset[Provider]:
    """Returns the providers beyond the documented API that this server never names, because it has not got them."""
    return frozenset({JANUS}) - available_providers(settings)


def room_provider(settings: Settings, name: Provider) -> RoomProvider:
    """Returns a provider by its name. Raises RoomError for one that is not configured."""
    if name == MESH:
        return Mesh()
    raise RoomError("refused", f"{name} is not configured on this server")
