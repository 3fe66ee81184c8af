"""Deferred and periodic functions."""
