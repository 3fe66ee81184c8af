"""A function for computing processes that does what its request says."""

import os
import time


def answer(request: bytes) -> bytes:
    """Return the request in brackets, or fail as it says."""
    if request == b"raise":
        raise ValueError("no such thing")
    if request == b"exit":
        os._exit(3)
    if request == b"hang":
        time.sleep(600)
    if request == b"print":
        os.write(1, b"this is no answer")
    return b"<" + request + b">"
