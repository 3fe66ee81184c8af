"""Pairing and learning in a process of their own, with numpy and rustworkx where they are installed."""
