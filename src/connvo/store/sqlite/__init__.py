"""Store documents in one SQLite file, with the writer on the event loop."""
