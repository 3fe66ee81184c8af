"""Recordings: what was asked for, what providers report, and how the two are reconciled."""
