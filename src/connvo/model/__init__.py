"""What functions do inside a transaction, by noun; also the functions that only the server calls."""
