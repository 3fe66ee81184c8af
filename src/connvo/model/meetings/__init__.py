"""Facts about a meeting that many functions share."""
