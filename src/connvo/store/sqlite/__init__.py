"""The store on SQLite: one file, the writer on the event loop."""
