"""Features by noun: the code that functions run inside a transaction, and internal functions."""
