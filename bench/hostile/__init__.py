"""Attacks on a server of the benchmark's own, and how long other people wait meanwhile."""
