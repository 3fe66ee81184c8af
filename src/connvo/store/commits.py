"""The commit log: one row per mutation that changed something, with the index keys it wrote.

`seq` has no holes and grows with `ts`; whoever has read up to a seq has seen every commit up to it.
"""

import msgspec

from ..kernel.keys import Key
from .writes import WrittenKeys


class Commit(msgspec.Struct, frozen=True):
    """One commit. `ts` is the timestamp at which its writes became visible, in nanoseconds."""

    seq: int
    ts: int
    written: WrittenKeys


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(dict[str, list[list[None | int | float | str]]])


def encode_keys(written: WrittenKeys) -> str:
    """Returns the log's text of the written keys."""
    return _encoder.encode(written.keys).decode()


def decode_keys(text: str | bytes) -> WrittenKeys:
    """Returns the written keys of a log row."""
    keys: dict[str, list[Key]] = {place: [tuple(k) for k in found] for place, found in _decoder.decode(text).items()}
    return WrittenKeys(keys)
