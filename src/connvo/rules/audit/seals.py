"""The seals of the audit trail: digests of batches of rows, each of which covers the one before.

Guarantees: two different batches, or the same rows in another order, have different seals. A digest of rows, of leaves
and of seals begin with different bytes, so that none passes for another (RFC 6962, 2.1).
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence

HEAD = re.compile(r"([1-9]\d{0,15}):([0-9a-f]{64})")
GENESIS = "0" * 64
KEY_ID_DIGITS = 16
_LEAF, _ROOT, _SEAL = b"\x00", b"\x01", b"\x02"
_NUMBER_BYTES = 8


def leaf(row: bytes) -> bytes:
    """Return the digest of one row."""
    return hashlib.sha256(_LEAF + row).digest()


def root(leaves: Iterable[bytes]) -> str:
    """Return the digest of the leaves of a batch, in their order."""
    return hashlib.sha256(_ROOT + b"".join(leaves)).hexdigest()


def seal_hash(number: int, prev: str, root: str, count: int) -> str:
    """Return the digest of a seal; `prev` is that of the seal before, `GENESIS` for the first."""
    parts = [number.to_bytes(_NUMBER_BYTES, "big"), _raw(prev), _raw(root), count.to_bytes(_NUMBER_BYTES, "big")]
    return hashlib.sha256(_SEAL + b"".join(parts)).hexdigest()


def mac(key: bytes, text: str) -> str:
    """Return the HMAC of a text."""
    return hmac.digest(key, text.encode(), "sha256").hex()


def key_id(key: bytes) -> str:
    """Return the name of a key, which does not tell the key."""
    return hashlib.sha256(b"connvo audit key" + key).hexdigest()[:KEY_ID_DIGITS]


def is_mac(key: bytes, text: str, given: str) -> bool:
    """Return whether an HMAC of a text is right; takes the same time for any wrong one."""
    return hmac.compare_digest(mac(key, text), given)


def prune_text(to: int, hash: str, count: int) -> str:
    """Return the text that the HMAC of a record of pruning covers."""
    return f"prune|{to}|{hash}|{count}"


def batch(rows: Sequence[bytes]) -> str:
    """Return the root over the bytes of rows."""
    return root(leaf(row) for row in rows)


def parse_head(text: str) -> tuple[int, str]:
    """Return the number and the hash of a seal from `number:hash`.

    Raises:
        ValueError: The text names no seal.
    """
    found = HEAD.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"a head is the number of a seal and its hash, 12:9f…, not {text!r}")
    return int(found[1]), found[2]


def _raw(digest: str) -> bytes:
    try:
        return bytes.fromhex(digest)
    except ValueError:
        return digest.encode()  # an altered seal: its hash is wrong in any case
