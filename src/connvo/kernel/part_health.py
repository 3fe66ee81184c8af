"""The health of one part of the server, such as the database or the TURN server."""

from typing import NamedTuple


class PartHealth(NamedTuple):
    """Whether a part works, and its state in a few words for operators."""

    passed: bool
    detail: str
