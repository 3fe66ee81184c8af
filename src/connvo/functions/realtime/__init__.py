"""Calls of the documented API that follow a meeting while it changes, or write in batches."""
