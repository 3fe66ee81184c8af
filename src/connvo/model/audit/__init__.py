"""The audit trail: what functions record, and how it is sealed, kept and pruned."""

from .records import audit, named

__all__ = ["audit", "named"]
