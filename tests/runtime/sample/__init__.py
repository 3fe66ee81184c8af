"""A small API for the tests of the runtime, laid out as the real one is."""

from .notes import add_note

__all__ = ["add_note"]
