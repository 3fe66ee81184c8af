"""How a database is, seen from outside: read only, nothing migrated, nothing kept open.

For an operator's questions while a server may be running on it.
"""

import msgspec

MS = 1000.0


class DatabaseHealth(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen. `durable` says whether a commit survives a power cut with the engine's own settings."""

    kind: str
    schema_version: int
    known_version: int
    durable: bool
    read_ms: float


class NoDatabase(Exception):
    """There is none yet."""


class Unhealthy(Exception):
    """It cannot be read; the text says why, without its path."""
