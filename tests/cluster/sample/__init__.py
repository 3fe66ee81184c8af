"""Functions that make it easy to see when something is lost, doubled, stale or not serialisable."""
