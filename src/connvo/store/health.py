"""Describe the health of a database for an operator, while a server may be running on it.

Guarantees: the check only reads, migrates nothing and keeps no connection open.
"""

import msgspec

MS = 1000.0


class DatabaseHealth(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a health check; `durable`: a commit survives a power cut with the engine's own settings."""

    kind: str
    schema_version: int
    known_version: int
    durable: bool
    read_ms: float


class NoDatabase(Exception):
    """An error for a database that has not been created yet."""


class Unhealthy(Exception):
    """An error for a database that cannot be read; the text has the reason, without the path."""
