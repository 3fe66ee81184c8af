"""Documents in, documents out, with exact read sets and a gap-free commit log. Never heard of a meeting."""
