"""Functions that run later, or by the clock."""
