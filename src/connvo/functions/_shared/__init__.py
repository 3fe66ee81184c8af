"""What several functions share; not reachable from the wire."""
