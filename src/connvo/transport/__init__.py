"""The doors: HTTP in, function calls out. Knows the wire and the runtime, and nothing of meetings."""
