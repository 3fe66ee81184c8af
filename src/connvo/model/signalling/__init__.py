"""Sessions, and the signals between them."""
