"""Live queries: which are stale, in which order they run again, and what each client is told."""
