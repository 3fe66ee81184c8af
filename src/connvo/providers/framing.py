"""Messages between a server and a process of its own, each behind its length."""

LENGTH_BYTES = 4


def framed(body: bytes, most: int) -> bytes:
    """Return bytes behind their length.

    Raises:
        ValueError: They are longer than `most`.
    """
    if len(body) > most:
        raise ValueError(f"a message of {len(body)} bytes")
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


def length_of(head: bytes, most: int) -> int:
    """Return the length of the message behind these bytes.

    Raises:
        ValueError: It is longer than `most`.
    """
    size = int.from_bytes(head, "big")
    if size > most:
        raise ValueError(f"a message of {size} bytes")
    return size
