"""What every function about a meeting needs to know of it."""
