"""A package: what it re-exports is an alias."""

from tests.runtime.sample.notes import helper

from .door_bells import ring_bell

__all__ = ["helper", "ring_bell"]
