"""Measurements of all nodes: read over a window, judged by objectives, merged to hours, and deleted."""
