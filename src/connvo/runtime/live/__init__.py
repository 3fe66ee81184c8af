"""Live queries: which are stale, in which order they run again, and which answers each client gets."""
