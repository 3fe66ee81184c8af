"""Taking protections away from a node, one at a time. Nothing of this can be configured in the product."""

from collections.abc import Callable
from typing import Any

import connvo.runtime.execute as execute
from connvo.app import Backend


def lose_hints(backend: Backend, share: float) -> None:
    """Loses a share of what other nodes say of their commits."""


def _no_receipts(backend: Backend) -> None:
    """Forgets which requests have been answered."""
    anything: Any = execute
    anything.find_receipt = lambda db, request: None
    anything.leave_receipt = lambda db, request, value: None


def _no_floor(backend: Backend) -> None:
    """Never looks at the log without a hint."""
    backend.runtime.tail._poll_seconds = 1e9


PROTECTIONS: dict[str, Callable[[Backend], None]] = {"receipts": _no_receipts, "floor": _no_floor}
