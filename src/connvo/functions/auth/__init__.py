"""The permissions of callers."""
