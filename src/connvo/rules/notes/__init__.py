"""Decisions about notes that several people write: operations, how they are transformed, and what they make of a text.

Positions and lengths count UTF-16 units, as editors in browsers do. No position is inside a surrogate pair.
"""
