"""The commit log: one row per mutation that changed something, with the index keys it wrote.

`seq` has no holes and grows with `ts`; whoever has read up to a seq has seen every commit up to it.
"""

import msgspec

from .write_set import WrittenKeys


class Commit(msgspec.Struct, frozen=True):
    """One commit. `ts` is the timestamp at which its writes became visible, in nanoseconds."""

    seq: int
    ts: int
    written: WrittenKeys


Keys = dict[str, list[tuple[None | int | float | str, ...]]]
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Keys)
_commits_decoder = msgspec.json.Decoder(list[tuple[int, int, Keys]])


def encode_keys(written: WrittenKeys) -> str:
    """Return the log's text of the written keys."""
    return _encoder.encode(written.keys).decode()


def decode_keys(text: str | bytes) -> WrittenKeys:
    """Return the written keys of a log row."""
    return WrittenKeys(_decoder.decode(text))


def encode_commits(commits: list[Commit]) -> str:
    """Return commits as one text."""
    return _encoder.encode([(commit.seq, commit.ts, commit.written.keys) for commit in commits]).decode()


def decode_commits(text: str) -> list[Commit]:
    """Return the commits of a text. Raises msgspec.DecodeError for one that holds none."""
    return [Commit(seq, ts, WrittenKeys(keys)) for seq, ts, keys in _commits_decoder.decode(text)]
