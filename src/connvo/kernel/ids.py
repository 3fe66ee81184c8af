"""Encode document ids: `varint(table number) + 16 bytes + 2 byte footer`, in lower-case Crockford base32.

The id contains the table, so an id of another table is refused before any read. The footer is a little-endian
Fletcher-16 of the bytes before it. The format is the one that Convex documents. The 16 bytes are the caller's: time
and randomness by default; the signal queue stores its position in them.
"""

import os
from functools import lru_cache
from itertools import accumulate

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
PAYLOAD_BYTES = 16
IDS_REMEMBERED = 8192  # calls repeat the ids of earlier calls
TIME_BYTES = 6
FOOTER_BYTES = 2
MAX_ID_LENGTH = 37

# Encoding looks up two digits at a time. Decoding translates the letters to those of Python's base 32, read by `int`.
_PAIRS = [high + low for high in ALPHABET for low in ALPHABET]
_PYTHON_DIGIT = dict(zip(ALPHABET.encode(), b"0123456789abcdefghijklmnopqrstuv", strict=True))
_PYTHON_DIGITS = bytes(_PYTHON_DIGIT.get(byte, ord("!")) for byte in range(256))

_tables: dict[object, str] = {}


def register_id_type(new_type: object, table: str) -> None:
    """Register a NewType for the ids of `table`, so that arguments of that type are checked."""
    _tables[new_type] = table


def id_table(new_type: object) -> str | None:
    """Return the table of an id type, or None if the type is none."""
    return _tables.get(new_type) if callable(new_type) else None


@lru_cache(maxsize=1024)
def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


@lru_cache(maxsize=1024)
def _from_varint(data: bytes) -> int | None:
    number = sum((byte & 0x7F) << 7 * place for place, byte in enumerate(data))
    return number if data and _varint(number) == data else None


def _fletcher16(data: bytes) -> bytes:
    return bytes((sum(data) & 0xFF, sum(accumulate(data)) & 0xFF))


def _to_base32(data: bytes) -> str:
    length = -(-len(data) * 8 // 5)
    even = length + length % 2
    number = int.from_bytes(data, "big") << (even * 5 - len(data) * 8)
    return "".join([_PAIRS[number >> shift & 1023] for shift in range((even - 2) * 5, -1, -10)])[:length]


def _from_base32(text: str) -> bytes | None:
    """Return the bytes, or None unless `text` is their canonical encoding."""
    try:
        number = int(text.encode("ascii").translate(_PYTHON_DIGITS), 32)
    except ValueError:
        return None
    spare = len(text) * 5 % 8
    if spare >= 5 or number & ((1 << spare) - 1):
        return None
    return (number >> spare).to_bytes(len(text) * 5 // 8, "big")


def new_payload(now_ms: float) -> bytes:
    """Return 16 bytes for a new id: the time, so that ids made together are close on disk, and randomness."""
    return int(now_ms).to_bytes(TIME_BYTES, "big") + os.urandom(PAYLOAD_BYTES - TIME_BYTES)


@lru_cache(maxsize=IDS_REMEMBERED)
def encode_id(table_number: int, payload: bytes) -> str:
    """Return the id text of 16 payload bytes in a table.

    Raises:
        ValueError: The payload does not have 16 bytes.
    """
    if len(payload) != PAYLOAD_BYTES:
        raise ValueError(f"an id has {PAYLOAD_BYTES} payload bytes, not {len(payload)}")
    body = _varint(table_number) + payload
    return _to_base32(body + _fletcher16(body))


def decode_id(text: str) -> tuple[int, bytes] | None:
    """Return (table number, 16 payload bytes), or None if `text` is no id."""
    return _decode(text) if len(text) <= MAX_ID_LENGTH else None


@lru_cache(maxsize=IDS_REMEMBERED)
def _decode(text: str) -> tuple[int, bytes] | None:
    data = _from_base32(text)
    if data is None:
        return None
    body, footer = data[:-FOOTER_BYTES], data[-FOOTER_BYTES:]
    if _fletcher16(body) != footer:
        return None
    number = _from_varint(body[:-PAYLOAD_BYTES])
    return None if number is None else (number, body[-PAYLOAD_BYTES:])
