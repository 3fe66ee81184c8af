"""A demo call: two members, each a process of its own, who talk through a running server.

Guarantees:
    It uses only the documented HTTP API, and keeps all media on this machine.

Does not know:
    The inside of the server. It shares only the local issuer's key with it.
"""
