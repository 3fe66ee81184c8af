"""A call to watch: two people, each a process of its own, who talk through a running server.

Owns what such a person's program does. Promises to use the documented HTTP API alone, and to keep all media on this
machine. Must not know how the server works inside; the one thing it shares with it is the local issuer's key.
"""
