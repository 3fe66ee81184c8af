"""Encode the commit log, which has one row per mutation that changed something, with the index keys it wrote.

Guarantees: `seq` has no gaps and grows with `ts`, so a reader at a seq has seen every commit up to it.
"""

import msgspec

from .write_set import WrittenKeys


class Commit(msgspec.Struct, frozen=True):
    """One commit; `ts` is the timestamp in nanoseconds at which its writes became visible."""

    seq: int
    ts: int
    written: WrittenKeys


Keys = dict[str, list[tuple[None | int | float | str, ...]]]
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Keys)
_commits_decoder = msgspec.json.Decoder(list[tuple[int, int, Keys]])


def encode_keys(written: WrittenKeys) -> str:
    """Return the written keys as the text of a log row."""
    return _encoder.encode(written.keys).decode()


def decode_keys(text: str | bytes) -> WrittenKeys:
    """Return the written keys of a log row."""
    return WrittenKeys(_decoder.decode(text))


def encode_commits(commits: list[Commit]) -> str:
    """Return commits as one text, for the bus."""
    return _encoder.encode([(commit.seq, commit.ts, commit.written.keys) for commit in commits]).decode()


def decode_commits(text: str) -> list[Commit]:
    """Return the commits of a text.

    Raises:
        msgspec.DecodeError: The text contains no commits.
    """
    return [Commit(seq, ts, WrittenKeys(keys)) for seq, ts, keys in _commits_decoder.decode(text)]
