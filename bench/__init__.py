"""Benchmarks: `python -m bench` prints figures, holds them against their targets and against a stored baseline.

A figure is a ratio to something measured in the same run, so that it says the same on any machine. Where a target
is absolute (seconds, megabytes), the ratio to a bare interpreter with the same libraries stands beside it.
"""
