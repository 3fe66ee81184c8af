"""A package: what it re-exports is an alias."""

from ..notes import helper
from .door_bells import ring_bell

__all__ = ["helper", "ring_bell"]
