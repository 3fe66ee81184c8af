"""Store documents in PostgreSQL, for any number of nodes."""
