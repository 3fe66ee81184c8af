"""A client of the API that is no browser: what a program for phones or a robot would be, with aiortc for its media.

Owns nothing but its own part of the call, and is a process of its own on a host of the lab. It knows of the server what
docs/protocol.md tells every client.
"""
