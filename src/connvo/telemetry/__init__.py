"""Provide what operators see: log lines and metrics."""
